#include "classify/cpe.h"

#include <string.h>

struct writer {
	char *at, *end;
	bool full;
};

static void put(struct writer *w, char c)
{
	if (w->at < w->end)
		*w->at++ = c;
	else
		w->full = true;
}

static bool is_alphanumeric(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_space(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* True when nothing but wildcards, hyphens and blanks is there: such a value would be read as a logical one. */
static bool says_nothing(const char *s)
{
	for (; *s; s++)
		if (!strchr("-*? \t\r\n", *s) && (unsigned char)*s > ' ' && (unsigned char)*s < 0x7f)
			return false;
	return true;
}

static void put_quoted(struct writer *w, unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		c = (unsigned char)(c + ('a' - 'A'));
	if (!is_alphanumeric(c) && !strchr("._-", c))
		put(w, '\\');
	put(w, (char)c);
}

static void put_value(struct writer *w, const char *s)
{
	if (!s || says_nothing(s)) {
		put(w, '*');
		return;
	}
	bool begun = false, blank = false;
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (is_space(c)) {
			blank = begun;
			continue;
		}
		if (c < 0x20 || c >= 0x7f)
			continue; /* not printable ASCII: a name cannot hold it */
		if (blank)
			put(w, '_');
		put_quoted(w, c);
		begun = true;
		blank = false;
	}
}

bool cpe_format(const char *const value[CPE_ATTRIBUTES], char *out, size_t size)
{
	static const char prefix[] = "cpe:2.3";
	const char *part = value[CPE_PART];
	if (!size)
		return false;
	out[0] = 0;
	if (!part || strlen(part) != 1 || !strchr("aoh", part[0]) || size < sizeof prefix)
		return false;
	memcpy(out, prefix, sizeof prefix - 1);
	struct writer w = {out + sizeof prefix - 1, out + size - 1, false};
	for (int i = 0; i < CPE_ATTRIBUTES; i++) {
		put(&w, ':');
		put_value(&w, value[i]);
	}
	*w.at = 0;
	if (w.full)
		out[0] = 0;
	return !w.full;
}
