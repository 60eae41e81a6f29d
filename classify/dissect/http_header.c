#include "classify/dissect/http.h"

#include "classify/dissect/security_token.h"
#include "classify/dissect/text.h"
#include "classify/fingerprint/browser.h"

#define VALUE_BYTES  1024 /* most of a value that is handed on: long user agents are some hundred octets */
#define COOKIE_BYTES 128  /* name and the start of the value tell the product */

enum side { REQUEST = 1, RESPONSE = 2, BOTH = 3 };

struct row {
	const char *name;
	uint8_t len; /* of the name: most rows are ruled out by it */
	uint8_t sides;
	uint16_t most;
	enum field field;   /* for value() */
	const char *before; /* what is put before the value, so that it reads like others of its field */
	void (*read)(struct dissection *x, struct http_message *m, const struct row *row, struct cursor value);
};

/* A proxy passes on what the server behind it says of itself: that tells nothing about the proxy's address, save
 * when the proxy speaks for itself. */
static bool foreign(const struct http_message *m)
{
	return m->request == HTTP_PROXIED && m->status && m->status != 407 && m->status != 502 && m->status != 504;
}

/* What the program behind a proxy says of itself is known of its address, if the proxy gives that. */
static void of_client(struct dissection *x, const struct http_message *m, const struct row *row, struct cursor v)
{
	v = text_trim(v);
	if (m->behind_version && cursor_left(&v))
		dissection_yield_address(x, row->field, m->behind_version, &m->behind, v.at,
					 cursor_left(&v) < row->most ? cursor_left(&v) : row->most);
}

static void value(struct dissection *x, struct http_message *m, const struct row *row, struct cursor v)
{
	uint8_t text[160];
	if (foreign(m))
		return;
	if (m->forwarded) {
		of_client(x, m, row, v);
		return;
	}
	if (!row->before) {
		text_yield(x, row->field, SUBJECT_SENDER, v, row->most);
		return;
	}
	size_t n = strlen(row->before), len = cursor_left(&v);
	if (!len)
		return;
	len = len > sizeof text - n ? sizeof text - n : len;
	memcpy(text, row->before, n);
	memcpy(text + n, v.at, len);
	dissection_yield(x, row->field, SUBJECT_SENDER, text, n + len);
}

/* A browser is named, and the header is not its work: that is said with less confidence. */
static void agent(struct dissection *x, struct http_message *m, const struct row *row, struct cursor v)
{
	if (m->doubtful && !m->forwarded && browser_claimed(text_trim(v)))
		text_yield(x, FIELD_HTTP_DOUBTFUL_AGENT, SUBJECT_SENDER, v, row->most);
	else
		value(x, m, row, v);
}

/* Apt-Cacher NG puts its own name where that of the server stood it has asked. */
static bool proxys_name(const struct http_message *m, struct cursor v)
{
	return m->request == HTTP_PROXIED && !m->relayed && text_starts(text_trim(v), "Debian Apt-Cacher NG/");
}

static void server(struct dissection *x, struct http_message *m, const struct row *row, struct cursor v)
{
	m->served = true;
	if (proxys_name(m, v))
		text_yield(x, FIELD_HTTP_SERVER, SUBJECT_SENDER, v, row->most);
	else if (m->relayed && !foreign(m))
		text_yield(x, FIELD_HTTP_PASSED_SERVER, SUBJECT_SENDER, v, row->most);
	else
		value(x, m, row, v);
}

/* "1.1 cache (squid/5.7)": the product behind the last hop, where it is given as product and version. */
static bool product(struct cursor via, struct cursor *inside)
{
	via = text_trim(via);
	if (!cursor_left(&via) || via.end[-1] != ')')
		return false;
	*inside = cursor_init(via.end - 1, 0);
	while (inside->at > via.at && inside->at[-1] != '(' && inside->at[-1] != ')')
		inside->at--;
	return inside->at > via.at && inside->at[-1] == '(' && cursor_left(inside) &&
	       memchr(inside->at, '/', cursor_left(inside));
}

/* Via is added by each hop, so the last one wrote it itself: it tells about the sender even behind a proxy. What was
 * asked as a proxy and answers as one is the server of its port. */
static void via(struct dissection *x, struct http_message *m, const struct row *row, struct cursor v)
{
	struct cursor inside;
	if (m->status && m->request == HTTP_PROXIED && product(v, &inside))
		text_yield(x, FIELD_HTTP_SERVER, SUBJECT_SENDER, inside, row->most);
	else
		text_yield(x, row->field, SUBJECT_SENDER, v, row->most);
}

/* A gateway that leaves Host as it came passes on its own name; that it is the gateway's shows where the port behind it
 * (80 if there is none) is not the one the request came to. A proxy writes the name of the server it asks. */
static bool gateways_own(const struct dissection *x, const struct http_message *m, struct cursor v)
{
	struct cursor name;
	unsigned port = 80;
	if (!m->forwarded || !x->packet || !x->packet->dport || cursor_peek(&v, 0) == '[')
		return false;
	if (text_before(&v, ':', &name))
		for (port = 0; cursor_left(&v) && *v.at >= '0' && *v.at <= '9' && port < 65536; v.at++)
			port = port * 10 + (*v.at - '0');
	return port != x->packet->dport;
}

static void host(struct dissection *x, struct http_message *m, const struct row *row, struct cursor v)
{
	struct cursor name;
	if (m->request != HTTP_PROXIED && m->request != HTTP_CONNECT && !gateways_own(x, m, v) && text_host(v, &name))
		text_yield(x, FIELD_HTTP_HOST, SUBJECT_RECEIVER, name, row->most);
}

/* Tokens of NTLM and SPNEGO (RFC 4559); true when the value is one. */
static bool token(struct dissection *x, const struct http_message *m, struct cursor v)
{
	uint8_t decoded[2048];
	if ((!text_take(&v, "NTLM ") && !text_take(&v, "Negotiate ")) || !cursor_left(&v))
		return false;
	if (!foreign(m))
		security_token_find(x, cursor_init(decoded, text_base64(text_trim(v), decoded, sizeof decoded)));
	return true;
}

static void user(struct dissection *x, struct http_message *m, const struct row *row, struct cursor v)
{
	if (!m->forwarded && !token(x, m, v))
		text_authorization(x, v);
}

static void challenge(struct dissection *x, struct http_message *m, const struct row *row, struct cursor v)
{
	if (!token(x, m, v))
		value(x, m, row, v);
}

static void upgrade(struct dissection *x, struct http_message *m, const struct row *row, struct cursor v)
{
	if (text_is(v, "h2c"))
		m->upgrade = HTTP_UPGRADE_HTTP2;
	else if (text_starts(v, "TLS/1."))
		m->upgrade = HTTP_UPGRADE_TLS;
}

static void length(struct dissection *x, struct http_message *m, const struct row *row, struct cursor v)
{
	m->has_length = text_number(v, &m->length);
}

static void transfer(struct dissection *x, struct http_message *m, const struct row *row, struct cursor v)
{
	m->chunked |= text_has(v, "chunked");
	m->coded |= text_has(v, "gzip") || text_has(v, "deflate") || text_has(v, "compress");
}

static void encoding(struct dissection *x, struct http_message *m, const struct row *row, struct cursor v)
{
	m->coded |= cursor_left(&v) && !text_is(v, "identity");
}

static void type(struct dissection *x, struct http_message *m, const struct row *row, struct cursor v)
{
	static const struct {
		const char *name;
		enum http_page page;
	} types[] = {
		{"text/html", HTTP_PAGE_HTML},
		{"application/xhtml+xml", HTTP_PAGE_HTML},
		{"text/xml", HTTP_PAGE_XML},
		{"application/xml", HTTP_PAGE_XML},
		{"application/soap+xml", HTTP_PAGE_XML},
		{"application/json", HTTP_PAGE_JSON},
		{"application/ipp", HTTP_PAGE_IPP},
		{"text/plain; version=0.0.4", HTTP_PAGE_METRICS},
		{"text/plain", HTTP_PAGE_TEXT},
		{"application/openmetrics-text", HTTP_PAGE_METRICS},
	};
	m->page = HTTP_PAGE_NONE;
	m->typed = true;
	for (size_t i = 0; i < sizeof types / sizeof *types && !m->page; i++)
		if (text_starts(v, types[i].name))
			m->page = types[i].page;
}

/* Privoxy gives everything it says itself one and the same date in the past. */
static void expires(struct dissection *x, struct http_message *m, const struct row *row, struct cursor v)
{
	m->proxys = text_is(text_trim(v), "Sat, 17 Jun 2000 12:00:00 GMT");
}

#define NAMED(name) name, sizeof(name) - 1

static const struct row rows[] = {
	{NAMED("host"), REQUEST, 253, FIELDS, NULL, host},
	{NAMED("user-agent"), REQUEST, VALUE_BYTES, FIELD_HTTP_USER_AGENT, NULL, agent},
	{NAMED("authorization"), REQUEST, 0, FIELDS, NULL, user},
	{NAMED("proxy-authorization"), REQUEST, 0, FIELDS, NULL, user},
	{NAMED("server"), RESPONSE, VALUE_BYTES, FIELD_HTTP_SERVER, NULL, server},
	{NAMED("x-powered-by"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, NULL, value},
	{NAMED("x-aspnet-version"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "ASP.NET/", value},
	{NAMED("x-aspnetmvc-version"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "ASP.NET MVC/", value},
	{NAMED("x-influxdb-version"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "InfluxDB/", value},
	{NAMED("x-jenkins"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "Jenkins/", value},
	{NAMED("x-syncthing-version"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "Syncthing/", value},
	{NAMED("x-mopidy-version"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "Mopidy/", value},
	{NAMED("x-elastic-product"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, NULL, value},
	{NAMED("x-jfrog-version"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, NULL, value},
	{NAMED("x-owa-version"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "Outlook Web App/", value},
	{NAMED("x-mod-pagespeed"), RESPONSE, VALUE_BYTES, FIELD_HTTP_SERVER_MODULE, "mod_pagespeed/", value},
	{NAMED("docker-distribution-api-version"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "Docker Distribution ",
	 value},
	{NAMED("x-clickhouse-summary"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "ClickHouse ", value},
	{NAMED("x-nomad-index"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "Nomad ", value},
	{NAMED("x-etcd-cluster-id"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "etcd ", value},
	{NAMED("x-rclone-jobid"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "rclone ", value},
	{NAMED("x-gitlab-meta"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "GitLab ", value},
	{NAMED("x-discourse-route"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "Discourse ", value},
	{NAMED("x-confluence-request-time"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "Confluence ", value},
	{NAMED("x-drupal-cache"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "Drupal ", value},
	{NAMED("x-drupal-dynamic-cache"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "Drupal ", value},
	{NAMED("x-openstack-request-id"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "OpenStack ", value},
	{NAMED("x-consul-index"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "Consul ", value},
	{NAMED("microsoftsharepointteamservices"), RESPONSE, VALUE_BYTES, FIELD_HTTP_POWERED_BY, "SharePoint/", value},
	{NAMED("set-cookie"), RESPONSE, COOKIE_BYTES, FIELD_HTTP_SET_COOKIE, NULL, value},
	{NAMED("www-authenticate"), RESPONSE, VALUE_BYTES, FIELD_HTTP_WWW_AUTHENTICATE, NULL, challenge},
	{NAMED("proxy-authenticate"), RESPONSE, VALUE_BYTES, FIELD_HTTP_WWW_AUTHENTICATE, NULL, challenge},
	{NAMED("via"), RESPONSE, VALUE_BYTES, FIELD_HTTP_VIA, NULL, via},
	{NAMED("x-generator"), RESPONSE, VALUE_BYTES, FIELD_HTTP_GENERATOR, NULL, value},
	{NAMED("via"), REQUEST, VALUE_BYTES, FIELD_HTTP_CLIENT_VIA, NULL, via},
	{NAMED("expires"), RESPONSE, 0, FIELDS, NULL, expires},
	{NAMED("upgrade"), RESPONSE, 0, FIELDS, NULL, upgrade},
	{NAMED("content-length"), BOTH, 0, FIELDS, NULL, length},
	{NAMED("transfer-encoding"), BOTH, 0, FIELDS, NULL, transfer},
	{NAMED("content-encoding"), BOTH, 0, FIELDS, NULL, encoding},
	{NAMED("content-type"), BOTH, 0, FIELDS, NULL, type},
};

void http_header(struct dissection *x, struct http_message *m, struct cursor line)
{
	struct cursor name, v;
	if (!text_header(line, &name, &v))
		return;
	uint8_t side = m->status ? RESPONSE : REQUEST;
	size_t len = cursor_left(&name);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].len == len && (rows[i].sides & side) && text_starts(name, rows[i].name)) {
			rows[i].read(x, m, &rows[i], v);
			return;
		}
}
