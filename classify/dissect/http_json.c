/* JSON by which a service over HTTP says what it is, at the root or at a page for it: Elasticsearch and OpenSearch,
 * CouchDB, the Docker engine, etcd, Kubernetes, Prometheus' and Grafana's builds. Only what cannot be a web
 * application's own data is taken: each has members that stand together nowhere else. */
#include "classify/dissect/http.h"
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

struct row {
	const char *product, *vendor;
	const char *marks[2]; /* text that must all be there */
	const char *version;  /* the member that has the version */
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
	if (!text_json(page, row->version, &version))
		return;
	wire_label(&t, "product", cursor_init(row->product, strlen(row->product)));
	wire_label(&t, "vendor", cursor_init(row->vendor, strlen(row->vendor)));
	if (cursor_peek(&version, 0) == 'v')
		version.at++;
	wire_label(&t, "version", version);
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
