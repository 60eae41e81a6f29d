#include "classify/fingerprint/http_headers.h"

#include <stdio.h>
#include <strings.h>

#define NAME_BYTES  40 /* longer ones are nobody's habit */
#define VALUE_BYTES 48 /* of a value that is kept; of a longer one the name must do */
#define NAMES_MOST  100

struct row {
	const char *name;
	uint8_t len;
};

#define NAMED(name)                    \
	{                              \
		name, sizeof(name) - 1 \
	}

/* What is there or not by what is asked for. */
static const struct row of_request[] = {
	NAMED("Cookie"),
	NAMED("Cookie2"),
	NAMED("Referer"),
	NAMED("Origin"),
	NAMED("Range"),
	NAMED("If-Range"),
	NAMED("If-Match"),
	NAMED("If-None-Match"),
	NAMED("If-Modified-Since"),
	NAMED("If-Unmodified-Since"),
	NAMED("Authorization"),
	NAMED("Proxy-Authorization"),
	NAMED("Content-Type"),
	NAMED("Content-Length"),
	NAMED("Content-Encoding"),
	NAMED("Transfer-Encoding"),
	NAMED("Expect"),
	NAMED("Pragma"),
	NAMED("Cache-Control"),
	NAMED("X-Requested-With"),
};

/* What servers write themselves; between them stands what the pages put there. */
static const struct row of_server[] = {
	NAMED("Date"),          NAMED("Server"),       NAMED("Content-Type"),      NAMED("Content-Length"),
	NAMED("Last-Modified"), NAMED("ETag"),         NAMED("Accept-Ranges"),     NAMED("Connection"),
	NAMED("Keep-Alive"),    NAMED("MIME-Version"), NAMED("Transfer-Encoding"),
};

/* Values that belong to the program. */
static const struct row kept[] = {NAMED("Accept-Encoding"), NAMED("Connection"), NAMED("TE")};

struct text {
	char *out;
	size_t len;
	bool full;
};

/* Room for one more and for the mark that there were others is kept. */
static void add(struct text *t, const void *data, size_t len)
{
	if (t->full || t->len + len > FINGERPRINT_HTTP_BYTES - 2) {
		t->full = true;
		return;
	}
	memcpy(t->out + t->len, data, len);
	t->len += len;
}

static bool listed(const struct row *rows, size_t n, const uint8_t *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].len == len && !strncasecmp(rows[i].name, (const char *)name, len))
			return true;
	return false;
}

#define LISTED(rows, name, len) listed(rows, sizeof(rows) / sizeof *(rows), name, len)

static bool named(const uint8_t *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((name[i] < '0' || name[i] > '9') && ((name[i] | 0x20) < 'a' || (name[i] | 0x20) > 'z') &&
		    name[i] != '-' && name[i] != '_')
			return false;
	return len > 0;
}

/* " value " without blanks; false when it is none to keep. */
static bool value(const uint8_t *at, const uint8_t *end, struct cursor *out)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	for (const uint8_t *p = at; p < end; p++)
		if (*p < 0x20 || *p > 0x7e || *p == '[' || *p == ']')
			return false;
	*out = cursor_init(at, (size_t)(end - at));
	return end > at && end - at <= VALUE_BYTES;
}

/* One more field; false when the line is no field. */
static bool field(struct text *t, struct cursor line, bool response, unsigned *names)
{
	const uint8_t *colon = memchr(line.at, ':', cursor_left(&line));
	struct cursor v;
	size_t len = colon ? (size_t)(colon - line.at) : 0;
	if (!named(line.at, len))
		return false;
	if (response ? !LISTED(of_server, line.at, len) : LISTED(of_request, line.at, len))
		return true;
	size_t before = t->len;
	if (++*names > 1)
		add(t, ",", 1);
	if (len > NAME_BYTES)
		t->full = true;
	add(t, line.at, len);
	if (!response && LISTED(kept, line.at, len) && value(colon + 1, line.end, &v)) {
		add(t, "=[", 2);
		add(t, v.at, cursor_left(&v));
		add(t, "]", 1);
	}
	if (t->full)
		t->len = before;
	return true;
}

size_t fingerprint_http_headers(struct cursor fields, unsigned minor, bool response, unsigned *names,
				char out[FINGERPRINT_HTTP_BYTES])
{
	struct text t = {.out = out};
	struct cursor line;
	unsigned lines = 0;
	char version[8];
	*names = 0;
	add(&t, version, (size_t)snprintf(version, sizeof version, "1.%u:", minor > 9 ? 9 : minor));
	while (!t.full && lines++ < NAMES_MOST && cursor_line(&fields, &line) && cursor_left(&line)) {
		bool folded = *line.at == ' ' || *line.at == '\t';
		if (!folded && !field(&t, line, response, names))
			return 0;
	}
	if (t.full) {
		out[t.len++] = ',';
		out[t.len++] = '*';
	}
	return t.len;
}
