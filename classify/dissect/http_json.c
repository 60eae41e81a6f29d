/* JSON by which a service over HTTP says what it is, at the root or at a page for it: databases, brokers, engines,
 * monitors, clouds for files. Only what cannot be a web application's own data is taken: each has members that stand
 * together nowhere else. */
#include "classify/dissect/http.h"
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

struct row {
	const char *product, *vendor;
	const char *marks[2]; /* text that must all be there */
	const char *version;  /* the member that has the version; NULL when none has */
};

static const struct row rows[] = {
	{"OpenSearch", "OpenSearch project", {"\"distribution\"", "\"opensearch\""}, "number"},
	{"Elasticsearch", "Elastic", {"\"lucene_version\"", "\"You Know, for Search\""}, "number"},
	{"CouchDB", "Apache", {"\"couchdb\"", "\"Welcome\""}, "version"},
	{"Docker Engine", "Docker", {"\"ApiVersion\"", "\"GitCommit\""}, "Version"},
	{"etcd", "etcd project", {"\"etcdserver\"", "\"etcdcluster\""}, "etcdserver"},
	{"Kubernetes", "Kubernetes project", {"\"gitVersion\"", "\"gitTreeState\""}, "gitVersion"},
	{"alertmanager", "Prometheus", {"\"versionInfo\":{", "\"buildUser\""}, "version"},
	{"prometheus", "Prometheus", {"{\"status\":\"success\",\"data\":{\"version\":", "\"buildUser\""}, "version"},
	{"dnsdist", "PowerDNS", {"\"daemon_type\": \"dnsdist\"", "\"version\""}, "version"},
	{"PowerDNS Authoritative Server", "PowerDNS", {"\"daemon_type\": \"authoritative\"", "\"version\""}, "version"},
	{"PowerDNS Recursor", "PowerDNS", {"\"daemon_type\": \"recursor\"", "\"version\""}, "version"},
	{"InfluxDB", "InfluxData", {"\"ready for queries and writes\"", "\"influxdb\""}, "version"},
	{"Syncthing", "Syncthing", {"\"longVersion\"", "\"codename\""}, "version"},
	{"Syncthing relay server", "Syncthing", {"\"numPendingSessionKeys\"", "\"bytesProxied\""}, "version"},
	{"systemd-journal-gatewayd", "systemd", {"\"machine_id\"", "\"cutoff_from_realtime\""}, NULL},
	{"Kea", "ISC", {"\"extended\"", "linked with:\\nlog4cplus"}, "text"},
	{"Monero", "Monero", {"\"top_block_hash\"", "\"rpc_connections_count\""}, "version"},
	{"RabbitMQ", "VMware", {"\"rabbitmq_version\"", "\"erlang_version\""}, "rabbitmq_version"},
	{"NATS Server", "NATS project", {"\"server_id\"", "\"max_payload\""}, "version"},
	{"Netdata", "Netdata", {"\"mirrored_hosts\"", "\"uid\""}, "version"},
	{"Neo4j", "Neo4j", {"\"neo4j_edition\"", "\"neo4j_version\""}, "neo4j_version"},
	{"ArangoDB", "ArangoDB", {"\"server\":\"arango\"", "\"license\""}, "version"},
	{"Apache Solr", "Apache", {"\"responseHeader\"", "\"solr-spec-version\""}, "solr-spec-version"},
	{"Nextcloud", "Nextcloud", {"\"versionstring\"", "\"productname\":\"Nextcloud\""}, "versionstring"},
	{"ownCloud", "ownCloud", {"\"versionstring\"", "\"productname\":\"ownCloud\""}, "versionstring"},
	{"Synapse", "Matrix.org", {"\"server\"", "\"Synapse\""}, "version"},
	{"Vault", "HashiCorp", {"\"sealed\"", "\"standby\""}, "version"},
	{"Traefik", "Traefik Labs", {"\"Codename\"", "\"startDate\""}, "Version"},
	{"aria2", "aria2", {"\"enabledFeatures\"", "\"BitTorrent\""}, "version"},
};

static bool fits(const struct row *row, struct cursor page)
{
	for (size_t i = 0; i < sizeof row->marks / sizeof *row->marks; i++)
		if (!text_has(page, row->marks[i]))
			return false;
	return true;
}

static void tell(struct dissection *x, const struct row *row, struct cursor page)
{
	struct wire_text t = {.len = 0};
	struct cursor version;
	if (row->version && !text_json(page, row->version, &version))
		return;
	wire_label(&t, "product", cursor_init(row->product, strlen(row->product)));
	wire_label(&t, "vendor", cursor_init(row->vendor, strlen(row->vendor)));
	if (row->version) {
		if (cursor_peek(&version, 0) == 'v')
			version.at++;
		wire_label(&t, "version", version);
	}
	wire_yield(x, FIELD_HTTP_SELF, &t);
}

/* Such answers are short: the whole is awaited, as far as it may be looked at. */
void http_json(struct dissection *x, struct http_message *m, struct cursor *page, bool whole)
{
	if (!whole)
		return;
	for (size_t i = 0; i < sizeof rows / sizeof *rows && dissection_from_server(x); i++)
		if (fits(&rows[i], *page)) {
			tell(x, &rows[i], *page);
			break;
		}
	page->at = page->end;
}
