#include "classify/signature_template.h"

#include "classify/cpe.h"
#include "classify/purl.h"

#include <string.h>

enum { TEXT_MAX = 512, CAPTURE_MAX = 256 };

struct writer {
	char text[TEXT_MAX];
	size_t len;
	bool absent;    /* a group outside brackets was empty, or the text did not fit */
	bool optional;  /* inside brackets */
	bool empty;     /* a group inside the brackets was empty */
	size_t bracket; /* length where the brackets began */
	bool purl;
};

static void put(struct writer *w, const char *text, size_t len)
{
	if (w->len + len >= sizeof w->text) {
		w->absent = true;
		return;
	}
	memcpy(w->text + w->len, text, len);
	w->len += len;
}

/* Text as the wire gave it, without blanks around, ended by the first NUL. */
static size_t trim(const char **text, size_t len)
{
	const char *p = *text;
	size_t n = strnlen(p, len);
	while (n && (p[0] == ' ' || p[0] == '\t')) {
		p++;
		n--;
	}
	while (n && strchr(" \t\r\n", p[n - 1]))
		n--;
	*text = p;
	return n;
}

static void filter(char *text, const char *name, size_t len)
{
	for (; *text; text++) {
		if (len == 4 && !memcmp(name, "dots", 4) && strchr("_,", *text))
			*text = '.';
		else if (len == 6 && !memcmp(name, "spaces", 6) && strchr("_+-", *text))
			*text = ' ';
		else if (len == 5 && !memcmp(name, "lower", 5) && *text >= 'A' && *text <= 'Z')
			*text = (char)(*text + ('a' - 'A'));
	}
}

/* `name` is what stands between the braces. */
static void put_group(struct writer *w, const char *name, size_t len, const struct template_source *source)
{
	const char *bar = memchr(name, '|', len);
	size_t from, n = 0, name_len = bar ? (size_t)(bar - name) : len;
	const char *taken = NULL;
	if (match_group(source->scratch, match_regex_group(source->regex, name, name_len), &from, &n)) {
		taken = source->value + from;
		n = trim(&taken, n < CAPTURE_MAX ? n : CAPTURE_MAX);
	}
	if (!taken || !n) {
		*(w->optional ? &w->empty : &w->absent) = true;
		return;
	}
	char text[CAPTURE_MAX + 1], encoded[3 * CAPTURE_MAX + 4];
	memcpy(text, taken, n);
	text[n] = 0;
	if (bar)
		filter(text, bar + 1, len - name_len - 1);
	if (!w->purl) {
		put(w, text, n);
		return;
	}
	n = purl_encode(text, encoded, sizeof encoded);
	put(w, encoded, n);
}

static void close_bracket(struct writer *w)
{
	if (w->empty)
		w->len = w->bracket;
	w->optional = w->empty = false;
}

static bool expand(const char *t, size_t len, const struct template_source *source, struct writer *w)
{
	for (const char *end = t + len; t < end && !w->absent; t++) {
		const char *close;
		if ((*t == '{' || *t == '[') && t + 1 < end && t[1] == *t) {
			put(w, t++, 1);
		} else if (*t == '{' && (close = memchr(t, '}', (size_t)(end - t)))) {
			put_group(w, t + 1, (size_t)(close - t - 1), source);
			t = close;
		} else if (*t == '[') {
			w->optional = true;
			w->bracket = w->len;
		} else if (*t == ']' && w->optional) {
			close_bracket(w);
		} else {
			put(w, t, 1);
		}
	}
	return !w->absent && w->len;
}

const char *template_expand(const char *text, const struct template_source *source, bool purl, struct arena *arena)
{
	if (!text)
		return NULL;
	if (!strpbrk(text, "{["))
		return text; /* constant: lives as long as the set */
	struct writer w = {.purl = purl};
	return expand(text, strlen(text), source, &w) ? arena_text(arena, w.text, w.len) : NULL;
}

const char *template_cpe(const char *text, const struct template_source *source, const char *version,
			 struct arena *arena)
{
	char component[CPE_ATTRIBUTES][TEXT_MAX], out[2 * TEXT_MAX];
	const char *value[CPE_ATTRIBUTES] = {NULL};
	if (!text)
		return NULL;
	value[CPE_VERSION] = version;
	for (int i = 0; i < CPE_ATTRIBUTES; i++) {
		size_t n = strcspn(text, ":");
		struct writer w = {.purl = false};
		if (n && expand(text, n, source, &w)) {
			memcpy(component[i], w.text, w.len);
			component[i][w.len] = 0;
			value[i] = component[i];
		} else if (n) {
			value[i] = NULL;
		}
		if (!text[n])
			break;
		text += n + 1;
	}
	return cpe_format(value, out, sizeof out) ? arena_text(arena, out, strlen(out)) : NULL;
}

static bool good_group(const char *name, size_t len, const struct match_regex *regex)
{
	const char *bar = memchr(name, '|', len);
	size_t n = bar ? (size_t)(bar - name) : len;
	if (match_regex_group(regex, name, n) < 0)
		return false;
	if (!bar)
		return true;
	const char *f = bar + 1;
	size_t m = len - n - 1;
	return (m == 4 && !memcmp(f, "dots", 4)) || (m == 6 && !memcmp(f, "spaces", 6)) ||
	       (m == 5 && !memcmp(f, "lower", 5)) || (m == 5 && !memcmp(f, "words", 5));
}

bool template_good(const char *text, const struct match_regex *regex)
{
	bool optional = false;
	for (const char *t = text; *t; t++) {
		if ((*t == '{' || *t == '[') && t[1] == *t) {
			t++;
		} else if (*t == '{') {
			const char *close = strchr(t, '}');
			if (!close || !good_group(t + 1, (size_t)(close - t - 1), regex))
				return false;
			t = close;
		} else if (*t == '[') {
			if (optional)
				return false;
			optional = true;
		} else if (*t == ']') {
			optional = false;
		}
	}
	return !optional;
}
