#include "domain/repository_http.h"

#include "core/address.h"
#include "core/buffer.h"
#include "core/hash.h"
#include "core/moment.h"
#include "core/time.h"
#include "domain/http_connections.h"
#include "domain/http_tokens.h"
#include "domain/query.h"
#include "export/json.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_SECONDS 30
#define MOST_BODY    (64u << 10)

struct repository_http {
	/* set before start */
	struct MHD_Daemon *daemon;
	char *url, *tokens_path; /* the latter NULL: everybody is a viewer */
	uint16_t port;
	/* others give, its thread takes: tokens that were read anew */
	_Atomic(struct http_tokens *) fresh;
	/* its thread only */
	struct http_tokens *tokens;
	struct repository *repository;
	struct http_connections connections;
	/* its thread writes, others read */
	_Atomic uint64_t requests, answered, refused;
};

/* A question while its body comes in. */
struct request {
	struct buffer body;
	bool begun, too_long;
	bool broken; /* its address cannot be read */
};

static enum MHD_Result reply(struct repository_http *h, struct MHD_Connection *c, unsigned status, struct buffer *body,
			     const char *etag)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(body->len, body->data, MHD_RESPMEM_MUST_FREE);
	if (!r) {
		buffer_fini(body);
		return MHD_NO;
	}
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
	MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, etag ? "private, no-cache" : "no-store");
	if (etag)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ETAG, etag);
	if (status == MHD_HTTP_UNAUTHORIZED)
		MHD_add_response_header(r, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
	enum MHD_Result result = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	atomic_fetch_add_explicit(status < 400 ? &h->answered : &h->refused, 1, memory_order_relaxed);
	return result;
}

static enum MHD_Result refuse(struct repository_http *h, struct MHD_Connection *c, unsigned status, const char *why)
{
	struct buffer b = {0};
	BUFFER_LITERAL(&b, "{\"error\":");
	json_text(&b, why);
	BUFFER_LITERAL(&b, "}\n");
	return b.failed ? MHD_NO : reply(h, c, status, &b, NULL);
}

static void take_fresh_tokens(struct repository_http *h)
{
	struct http_tokens *fresh = atomic_exchange_explicit(&h->fresh, NULL, memory_order_acquire);
	if (!fresh)
		return;
	http_tokens_free(h->tokens);
	h->tokens = fresh;
}

static enum http_role role_of(struct repository_http *h, struct MHD_Connection *c)
{
	take_fresh_tokens(h);
	const char *shown = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
	if (!h->tokens_path)
		return HTTP_VIEWER;
	return shown && strncasecmp(shown, "Bearer ", 7) == 0 ? http_tokens_role(h->tokens, shown + 7) : HTTP_NOBODY;
}

struct setting {
	struct query *query;
	struct error *error;
	int code;
	uint64_t hash; /* of all that is asked */
	bool ages;     /* the answer depends on the time it is given */
};

static const struct hash_key etag_key = {0x65746167ull, 0x71756572ull};

static bool is_time(const char *name)
{
	static const char *const times[] = {"at", "since", "until", "knownAt"};
	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		if (strcmp(name, times[i]) == 0)
			return true;
	return false;
}

static enum MHD_Result set_member(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct setting *s = arg;
	(void)kind;
	if (s->code)
		return MHD_NO;
	s->hash = hash_combine(s->hash, hash_bytes(&etag_key, name, strlen(name)));
	s->hash = hash_combine(s->hash, hash_bytes(&etag_key, value ? value : "", value ? strlen(value) : 0));
	s->ages |= strcmp(name, "freshnessSeconds") == 0 || (is_time(name) && value && moment_moves(value));
	s->code = query_set(s->query, name, value ? value : "", s->error);
	return s->code ? MHD_NO : MHD_YES;
}

/* "/v1/endpoints", "/v1/endpoints/ID" and "/v1/endpoints/ID/history" as the question they are. */
static int question_of(const char *path, struct setting *s, uint64_t now_ns)
{
	char name[64];
	const char *rest = path + 4, *slash = strchr(rest, '/');
	size_t n = slash ? (size_t)(slash - rest) : strlen(rest);
	if (strncmp(path, "/v1/", 4) != 0 || n >= sizeof name)
		return error_set(s->error, ERROR_USAGE, "there is nothing here; see /v1/");
	snprintf(name, sizeof name, "%.*s", (int)n, rest);
	if (!slash)
		return query_new(name, now_ns, &s->query, s->error);
	const char *end = strchr(slash + 1, '/');
	size_t len = end ? (size_t)(end - slash - 1) : strlen(slash + 1);
	char id[64];
	if (strcmp(name, "endpoints") != 0 || !len || len >= sizeof id || (end && strcmp(end, "/history") != 0))
		return error_set(s->error, ERROR_USAGE, "there is nothing here; see /v1/");
	snprintf(id, sizeof id, "%.*s", (int)len, slash + 1);
	int code = query_new(end ? "history" : "endpoint", now_ns, &s->query, s->error);
	return code ? code : query_set(s->query, "endpoint", id, s->error);
}

struct page_writing {
	struct buffer *out;
	const char *separator;
};

static bool add_line(void *arg, const char *line, size_t len)
{
	struct page_writing *w = arg;
	buffer_text(w->out, w->separator);
	buffer_add(w->out, line, len);
	w->separator = ",\n";
	return !w->out->failed;
}

static void end_page(struct buffer *b, const struct query_page *page)
{
	BUFFER_LITERAL(b, "],\"count\":");
	buffer_u64(b, page->count);
	BUFFER_LITERAL(b, ",\"cursor\":");
	if (*page->cursor)
		json_text(b, page->cursor);
	else
		BUFFER_LITERAL(b, "null");
	BUFFER_LITERAL(b, ",\"sequence\":");
	buffer_u64(b, page->revision);
	BUFFER_LITERAL(b, ",\"asOf\":");
	json_time(b, page->as_of_ns);
	BUFFER_LITERAL(b, "}\n");
}

/* How far the repository is. It may have been made, made anew, or written to where it was taken to stand still, since
 * it was opened. */
static int look_at(struct repository_http *h, uint64_t *revision, struct error *error)
{
	if (h->repository && repository_revision(h->repository, revision, error) == 0)
		return 0;
	repository_close(h->repository, NULL);
	h->repository = NULL;
	int code = repository_open(h->url, REPOSITORY_READ, &h->repository, error);
	return code ? code : repository_revision(h->repository, revision, error);
}

/* If-None-Match (RFC 9110, 13.1.2): '*', or a list of tags of which a weak one is compared as if it were strong. */
static bool has_it(const char *field, const char *etag)
{
	size_t n = strlen(etag);
	for (const char *at = field; at; at = strchr(at, ',')) {
		at += strspn(at, ", \t");
		if (*at == '*')
			return true;
		at += strncmp(at, "W/", 2) == 0 ? 2 : 0;
		if (strncmp(at, etag, n) == 0 && strchr(", \t", at[n]))
			return true;
	}
	return false;
}

static enum MHD_Result answer(struct repository_http *h, struct MHD_Connection *c, struct setting *s)
{
	struct buffer b = {0};
	struct page_writing w = {&b, ""};
	struct query_page page;
	uint64_t revision = 0;
	char etag[64];
	int code = look_at(h, &revision, s->error);
	if (code)
		return refuse(h, c, MHD_HTTP_SERVICE_UNAVAILABLE, s->error->text);
	snprintf(etag, sizeof etag, "\"%llx-%llx\"", (unsigned long long)revision, (unsigned long long)s->hash);
	const char *known = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
	if (!s->ages && known && has_it(known, etag))
		return reply(h, c, MHD_HTTP_NOT_MODIFIED, &b, etag);
	BUFFER_LITERAL(&b, "{\"items\":[");
	code = query_run(s->query, h->repository, add_line, &w, &page, s->error);
	if (!code)
		end_page(&b, &page);
	if (!code && !b.failed)
		return reply(h, c, MHD_HTTP_OK, &b, s->ages ? NULL : etag);
	buffer_fini(&b);
	repository_close(h->repository, NULL);
	h->repository = NULL;
	return refuse(h, c, code == ERROR_USAGE ? MHD_HTTP_BAD_REQUEST : MHD_HTTP_SERVICE_UNAVAILABLE, s->error->text);
}

static enum MHD_Result list_questions(struct repository_http *h, struct MHD_Connection *c)
{
	struct buffer b = {0};
	BUFFER_LITERAL(&b, "{\"queries\":[");
	for (unsigned i = 0; query_name(i); i++) {
		buffer_text(&b, i ? "," : "");
		json_text(&b, query_name(i));
	}
	BUFFER_LITERAL(&b, "]}\n");
	return b.failed ? MHD_NO : reply(h, c, MHD_HTTP_OK, &b, NULL);
}

static void member(struct buffer *b, const char *name, uint64_t value)
{
	buffer_text(b, name);
	buffer_u64(b, value);
}

/* What was asked of it since it began, this question not yet. */
static enum MHD_Result count(struct repository_http *h, struct MHD_Connection *c)
{
	struct repository_http_counters n = repository_http_counted(h);
	struct buffer b = {0};
	member(&b, "{\"requests\":", n.requests - 1);
	member(&b, ",\"answered\":", n.answered);
	member(&b, ",\"refused\":", n.refused);
	member(&b, ",\"connections\":{\"open\":", n.open);
	member(&b, ",\"taken\":", n.taken);
	member(&b, ",\"ended\":", n.ended);
	BUFFER_LITERAL(&b, "}}\n");
	return b.failed ? MHD_NO : reply(h, c, MHD_HTTP_OK, &b, NULL);
}

static enum MHD_Result respond(struct repository_http *h, struct MHD_Connection *c, const char *path,
			       const char *method, const struct request *r)
{
	struct error error = {""};
	struct setting s = {.error = &error};
	uint64_t now_ns = time_now();
	bool post = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
	if (!post && strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return refuse(h, c, MHD_HTTP_METHOD_NOT_ALLOWED, "give GET, or POST to /v1/query");
	enum http_role role = role_of(h, c);
	if (role == HTTP_NOBODY)
		return refuse(h, c, MHD_HTTP_UNAUTHORIZED, "show a token: Authorization: Bearer TOKEN");
	if (r->broken)
		return refuse(h, c, MHD_HTTP_BAD_REQUEST,
			      "a % wants two hexadecimal digits behind it, and no %00; write %25 for a % itself");
	if (strcmp(path, "/v1/") == 0 || strcmp(path, "/v1") == 0)
		return list_questions(h, c);
	if (strcmp(path, "/v1/counters") == 0)
		return count(h, c);
	if (post && strcmp(path, "/v1/query") == 0) {
		s.code = r->too_long ? error_set(&error, ERROR_USAGE, "a question has at most %u octets", MOST_BODY)
				     : query_read(r->body.data, r->body.len, now_ns, &s.query, &error);
		s.ages = true;
	} else {
		s.code = question_of(path, &s, now_ns);
		s.hash = hash_bytes(&etag_key, path, strlen(path));
		s.ages = strcmp(path, "/v1/currency") == 0;
		if (!s.code)
			MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, set_member, &s);
		if (!s.code)
			s.code = query_check(s.query, &error);
	}
	s.hash = hash_combine(s.hash, role);
	if (s.query && role != HTTP_ADMIN)
		query_hide_users(s.query);
	enum MHD_Result result;
	if (s.code)
		result = refuse(h, c, s.query || post ? MHD_HTTP_BAD_REQUEST : MHD_HTTP_NOT_FOUND, error.text);
	else if (role != HTTP_ADMIN && query_is_raw(s.query))
		result = refuse(h, c, MHD_HTTP_FORBIDDEN,
				"a history wants a token of an admin: it has all that was ever said");
	else
		result = answer(h, c, &s);
	query_free(s.query);
	return result;
}

/* Each % has two hexadecimal digits behind it and stands for no NUL: a text that were read otherwise, or ended there,
 * would ask for something else. */
static bool escapes_are_whole(const char *uri)
{
	for (const char *at = strchr(uri, '%'); at; at = strchr(at + 1, '%'))
		if (!isxdigit((unsigned char)at[1]) || !isxdigit((unsigned char)at[2]) || strncmp(at, "%00", 3) == 0)
			return false;
	return true;
}

/* Sees the address as it came; what it returns is the state of handle() and forget(). */
static void *begin(void *arg, const char *uri, struct MHD_Connection *c)
{
	struct request *r = calloc(1, sizeof *r);
	(void)arg;
	(void)c;
	if (r)
		r->broken = !escapes_are_whole(uri);
	return r;
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *c, const char *path, const char *method,
			      const char *version, const char *data, size_t *len, void **state)
{
	struct repository_http *h = arg;
	struct request *r = *state;
	(void)version;
	if (!r)
		return MHD_NO;
	if (!r->begun) {
		r->begun = true;
		return MHD_YES;
	}
	if (*len) {
		r->too_long |= r->body.len + *len > MOST_BODY;
		if (!r->too_long)
			buffer_add(&r->body, data, *len);
		*len = 0;
		return MHD_YES;
	}
	atomic_fetch_add_explicit(&h->requests, 1, memory_order_relaxed);
	return respond(h, c, path, method, r);
}

static void forget(void *arg, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
	struct repository_http *h = arg;
	struct request *r = *state;
	http_connections_finished(&h->connections, c);
	(void)why;
	if (r)
		buffer_fini(&r->body);
	free(r);
	*state = NULL;
}

static bool is_loopback(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr) >> 24 == 127;
	return a->sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
}

/* "127.0.0.1:5580" or "[::1]:5580" */
static int resolve(const char *text, struct addrinfo **out, struct error *error)
{
	char host[128];
	const char *colon = strrchr(text, ':');
	bool bracket = *text == '[';
	size_t n = colon ? (size_t)(colon - text) - (bracket ? 2 : 0) : 0;
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM};
	*out = NULL;
	if (!colon || !n || n >= sizeof host || (bracket && colon[-1] != ']') || !port_is_text(colon + 1))
		return error_set(error, ERROR_USAGE, "%s: give an address and a port, like 127.0.0.1:5580", text);
	snprintf(host, sizeof host, "%.*s", (int)n, text + bracket);
	if (getaddrinfo(strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, colon + 1, &hints, out) != 0)
		return error_set(error, ERROR_USAGE, "%s: give an address and a port, like 127.0.0.1:5580", text);
	if (is_loopback((*out)->ai_addr))
		return 0;
	freeaddrinfo(*out);
	*out = NULL;
	return error_set(error, ERROR_USAGE,
			 "%s: HTTP is served on loopback only, it has no TLS; give 127.0.0.1:PORT and let a proxy that "
			 "has TLS stand before it",
			 text);
}

static int listen_on(struct repository_http *h, const char *text, struct error *error)
{
	struct addrinfo *address = NULL;
	int code = resolve(text, &address, error);
	if (code || !address)
		return code ? code : ERROR_USAGE;
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | (address->ai_family == AF_INET6 ? MHD_USE_IPv6 : 0);
	h->daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, h, MHD_OPTION_SOCK_ADDR, address->ai_addr,
				     MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS,
				     MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_NOTIFY_COMPLETED,
				     forget, h, MHD_OPTION_URI_LOG_CALLBACK, begin, h, MHD_OPTION_NOTIFY_CONNECTION,
				     http_connections_note, &h->connections, MHD_OPTION_END);
	freeaddrinfo(address);
	if (!h->daemon)
		return error_set(error, ERROR_USAGE, "%s: cannot be listened on; is another program there?", text);
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT);
	h->port = info ? info->port : 0;
	return 0;
}

int repository_http_start(const struct repository_http_settings *settings, struct repository_http **out,
			  struct error *error)
{
	struct repository_http *h = calloc(1, sizeof *h);
	if (h)
		h->url = strdup(settings->url);
	if (h && settings->tokens)
		h->tokens_path = strdup(settings->tokens);
	if (!h || !h->url || (settings->tokens && !h->tokens_path)) {
		repository_http_stop(h);
		return error_set(error, ERROR_FAILED, "no memory for serving HTTP");
	}
	int code = repository_http_reload(h, error);
	if (!code)
		code = listen_on(h, settings->listen, error);
	if (!code) {
		*out = h;
		return 0;
	}
	repository_http_stop(h);
	return code;
}

int repository_http_reload(struct repository_http *h, struct error *error)
{
	struct http_tokens *tokens = NULL;
	int code = h->tokens_path ? http_tokens_read(h->tokens_path, &tokens, error) : 0;
	if (!code) /* release: taken in role_of() */
		http_tokens_free(atomic_exchange_explicit(&h->fresh, tokens, memory_order_acq_rel));
	return code;
}

void repository_http_stop(struct repository_http *h)
{
	if (!h)
		return;
	if (h->daemon)
		MHD_stop_daemon(h->daemon);
	repository_close(h->repository, NULL);
	http_tokens_free(h->tokens);
	http_tokens_free(atomic_load_explicit(&h->fresh, memory_order_acquire));
	free(h->tokens_path);
	free(h->url);
	free(h);
}

uint16_t repository_http_port(const struct repository_http *h)
{
	return h->port;
}

static uint64_t read_counter(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

struct repository_http_counters repository_http_counted(const struct repository_http *h)
{
	return (struct repository_http_counters){.requests = read_counter(&h->requests),
						 .answered = read_counter(&h->answered),
						 .refused = read_counter(&h->refused),
						 .taken = read_counter(&h->connections.taken),
						 .open = read_counter(&h->connections.open),
						 .ended = read_counter(&h->connections.ended)};
}
