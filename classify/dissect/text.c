#include "classify/dissect/text.h"

#include "core/address.h"

#include <string.h>

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static bool blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static bool drop_line(struct cursor *c)
{
	const uint8_t *lf = cursor_left(c) ? memchr(c->at, '\n', cursor_left(c)) : NULL;
	c->at = lf ? lf + 1 : c->end;
	return lf != NULL;
}

bool text_line(bool *overlong, struct cursor *c, struct cursor *line)
{
	if (*overlong && !drop_line(c))
		return false;
	*overlong = false;
	size_t left = cursor_left(c);
	if (left < TEXT_LINE_BYTES)
		return cursor_line(c, line);
	struct cursor window = cursor_init(c->at, TEXT_LINE_BYTES);
	if (cursor_line(&window, line)) {
		c->at = window.at;
		return true;
	}
	*line = cursor_sub(c, TEXT_LINE_BYTES);
	*overlong = true;
	return true;
}

static bool space(uint8_t c)
{
	return blank(c) || c == '\r' || c == '\n' || !c;
}

struct cursor text_trim(struct cursor t)
{
	while (t.at < t.end && space(*t.at))
		t.at++;
	while (t.end > t.at && space(t.end[-1]))
		t.end--;
	return t;
}

bool text_starts(struct cursor text, const char *word)
{
	for (; *word; word++, text.at++)
		if (text.at == text.end || lower(*text.at) != lower((uint8_t)*word))
			return false;
	return true;
}

bool text_is(struct cursor text, const char *word)
{
	return cursor_left(&text) == strlen(word) && text_starts(text, word);
}

bool text_has(struct cursor text, const char *word)
{
	size_t n = strlen(word);
	bool letter = lower((uint8_t)*word) >= 'a' && lower((uint8_t)*word) <= 'z';
	for (; cursor_left(&text) >= n; text.at++) {
		if (!letter && n && !(text.at = memchr(text.at, *word, cursor_left(&text) - n + 1)))
			return false;
		if (text_starts(text, word))
			return true;
	}
	return false;
}

bool text_take(struct cursor *text, const char *word)
{
	if (!text_starts(*text, word))
		return false;
	text->at += strlen(word);
	return true;
}

struct cursor text_word(struct cursor *text)
{
	struct cursor w = *text;
	while (text->at < text->end && !blank(*text->at))
		text->at++;
	w.end = text->at;
	while (text->at < text->end && blank(*text->at))
		text->at++;
	return w;
}

bool text_before(struct cursor *text, char mark, struct cursor *before)
{
	const uint8_t *p = cursor_left(text) ? memchr(text->at, mark, cursor_left(text)) : NULL;
	if (!p)
		return false;
	*before = (struct cursor){text->at, p, false};
	text->at = p + 1;
	return true;
}

bool text_number(struct cursor text, uint64_t *number)
{
	size_t n = cursor_left(&text);
	if (!n || n > 18)
		return false;
	*number = 0;
	for (; text.at < text.end; text.at++) {
		if (*text.at < '0' || *text.at > '9')
			return false;
		*number = *number * 10 + (*text.at - '0');
	}
	return true;
}

static bool json_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void json_skip(struct cursor *c)
{
	while (c->at < c->end && json_blank(*c->at))
		c->at++;
}

/* Steps behind the colon of the next member of that name. */
static bool json_member(struct cursor *json, const char *key)
{
	struct cursor name;
	while (text_before(json, '"', &name)) {
		size_t n = strlen(key);
		bool same = cursor_left(json) > n && !memcmp(json->at, key, n) && json->at[n] == '"';
		struct cursor behind = *json;
		if (!text_before(&behind, '"', &name))
			return false;
		json_skip(&behind);
		if (same && cursor_peek(&behind, 0) == ':') {
			behind.at++;
			json_skip(&behind);
			*json = behind;
			return true;
		}
		*json = behind;
	}
	return false;
}

bool text_json(struct cursor json, const char *key, struct cursor *value)
{
	while (json_member(&json, key)) {
		if (cursor_peek(&json, 0) != '"')
			continue;
		json.at++;
		const uint8_t *begin = json.at;
		for (; json.at < json.end && *json.at != '"'; json.at++)
			json.at += *json.at == '\\' && json.at + 1 < json.end;
		if (json.at >= json.end)
			return false;
		*value = (struct cursor){begin, json.at, false};
		return true;
	}
	return false;
}

bool text_header(struct cursor line, struct cursor *name, struct cursor *value)
{
	if (!text_before(&line, ':', name))
		return false;
	*name = text_trim(*name);
	*value = text_trim(line);
	return true;
}

bool text_reply(struct cursor line, struct text_reply *reply)
{
	struct cursor digits = line;
	uint64_t code;
	if (cursor_left(&line) < 3)
		return false;
	digits.end = line.at + 3;
	if (!text_number(digits, &code) || code < 100)
		return false;
	line.at += 3;
	uint8_t mark = cursor_peek(&line, 0);
	if (cursor_left(&line) && mark != ' ' && mark != '-')
		return false;
	*reply = (struct text_reply){(unsigned)code, mark == '-', line};
	if (cursor_left(&line))
		reply->text.at++;
	return true;
}

bool text_is_reply(struct cursor line)
{
	struct text_reply r;
	return text_reply(line, &r);
}

/* Cuts ":port" off; a bracketed address has colons of its own. */
static struct cursor without_port(struct cursor t)
{
	struct cursor host;
	return text_before(&t, ':', &host) ? host : t;
}

static bool literal(struct cursor t)
{
	char text[ADDRESS_TEXT_BYTES];
	struct address a;
	size_t n = cursor_left(&t);
	if (!n || n >= sizeof text)
		return false;
	memcpy(text, t.at, n);
	text[n] = 0;
	return address_parse(text, &a);
}

bool text_host(struct cursor t, struct cursor *host)
{
	struct cursor user;
	while (text_before(&t, '@', &user))
		;
	if (cursor_peek(&t, 0) == '[' || literal(t))
		return false;
	t = without_port(text_trim(t));
	if (cursor_left(&t) && t.end[-1] == '.')
		t.end--;
	if (!cursor_left(&t) || cursor_left(&t) > 253 || literal(t))
		return false;
	bool letter = false;
	for (const uint8_t *p = t.at; p < t.end; p++) {
		uint8_t c = lower(*p);
		bool digit = (c >= '0' && c <= '9') || c == '.';
		letter |= !digit;
		if (!digit && !(c >= 'a' && c <= 'z') && c != '-' && c != '_' && c < 0x80)
			return false;
	}
	*host = t;
	return letter;
}

static int sextet(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

bool text_own_name(struct cursor name)
{
	static const char *const common[] = {"localhost", "localhost.localdomain", "localhost6", "(none)", "unknown",
					     "libnfs" /* what that library calls every machine */};
	for (size_t i = 0; i < sizeof common / sizeof *common; i++)
		if (text_is(name, common[i]))
			return false;
	return cursor_left(&name) > 0;
}

size_t text_base64(struct cursor t, uint8_t *out, size_t size)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;
	for (; t.at < t.end && n < size; t.at++) {
		int v = sextet(*t.at);
		if (v < 0)
			break;
		bits = (bits & 0xff) << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (uint8_t)(bits >> have);
		}
	}
	return n;
}

void text_yield(struct dissection *x, enum field field, enum subject subject, struct cursor value, size_t most)
{
	value = text_trim(value);
	size_t n = cursor_left(&value);
	dissection_yield(x, field, subject, value.at, n < most ? n : most);
}

static void basic(struct dissection *x, struct cursor value)
{
	uint8_t plain[256];
	size_t n = text_base64(text_trim(value), plain, sizeof plain);
	struct cursor c = cursor_init(plain, n), user;
	if (text_before(&c, ':', &user))
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, user, 128);
}

static void digest(struct dissection *x, struct cursor value)
{
	struct cursor user;
	for (; cursor_left(&value); value.at++) {
		if (!text_take(&value, "username="))
			continue;
		if (text_take(&value, "\"") && text_before(&value, '"', &user))
			text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, user, 128);
		return;
	}
}

void text_authorization(struct dissection *x, struct cursor value)
{
	if (text_take(&value, "Basic "))
		basic(x, value);
	else if (text_take(&value, "Digest "))
		digest(x, value);
}

void text_pass(struct dissection *x, struct cursor *c, uint64_t octets)
{
	size_t here = cursor_left(c) < octets ? cursor_left(c) : (size_t)octets;
	cursor_skip(c, here);
	if (octets > here)
		dissection_skip(x, octets - here);
}

enum probe text_probe_rest(struct cursor first, const char *word)
{
	for (; *word; word++, first.at++) {
		if (first.at == first.end)
			return PROBE_MAYBE;
		if (*first.at != (uint8_t)*word)
			return PROBE_NO;
	}
	return PROBE_YES;
}

uint16_t text_server_port(const struct dissection *x)
{
	return x->server == FLOW_REVERSE ? x->flow->dport : x->flow->sport;
}

bool text_usual_port(const struct probe_input *in, const struct dissector *dissector)
{
	for (size_t i = 0; i < 8 && dissector->ports[i]; i++)
		if (text_port(in, dissector->ports[i]))
			return true;
	return false;
}

void text_starttls(struct dissection *x)
{
	x->next = dissector_by_name("tls");
	if (!x->next)
		dissection_done_both(x);
}

enum probe text_tls_begins(struct cursor c)
{
	static const uint8_t least[] = {0x16, 3, 0}, most[] = {0x16, 3, 4};
	size_t n = cursor_left(&c) < sizeof least ? cursor_left(&c) : sizeof least;
	for (size_t i = 0; i < n; i++)
		if (c.at[i] < least[i] || c.at[i] > most[i])
			return PROBE_NO;
	return n == sizeof least ? PROBE_YES : PROBE_MAYBE;
}

bool text_turned_to_tls(struct dissection *x, struct cursor c)
{
	if (text_tls_begins(c) != PROBE_YES)
		return false;
	text_starttls(x);
	return true;
}
