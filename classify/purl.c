#include "classify/purl.h"

#include <string.h>

static bool is_bare(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c && strchr(".-_~:", c));
}

size_t purl_encode(const char *text, char *out, size_t size)
{
	static const char digit[] = "0123456789ABCDEF";
	size_t n = 0;
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (n + 4 > size)
			return (size_t)-1;
		if (is_bare(*p)) {
			out[n++] = (char)*p;
			continue;
		}
		out[n++] = '%';
		out[n++] = digit[*p >> 4];
		out[n++] = digit[*p & 15];
	}
	if (n >= size)
		return (size_t)-1;
	out[n] = 0;
	return n;
}

struct writer {
	char *out;
	size_t len, size;
	bool full;
};

static void put_raw(struct writer *w, const char *text)
{
	size_t len = strlen(text);
	if (w->full || w->len + len >= w->size) {
		w->full = true;
		return;
	}
	memcpy(w->out + w->len, text, len + 1);
	w->len += len;
}

static void put_encoded(struct writer *w, const char *text)
{
	size_t n = w->full ? (size_t)-1 : purl_encode(text, w->out + w->len, w->size - w->len);
	if (n == (size_t)-1)
		w->full = true;
	else
		w->len += n;
}

/* Each segment is encoded, the slashes between them stay; empty segments are dropped. */
static void put_namespace(struct writer *w, const char *text)
{
	char segment[256];
	while (*text) {
		size_t n = strcspn(text, "/");
		if (n >= sizeof segment) {
			w->full = true;
			return;
		}
		memcpy(segment, text, n);
		segment[n] = 0;
		if (n) {
			put_encoded(w, segment);
			put_raw(w, "/");
		}
		text += n + (text[n] == '/');
	}
}

static bool good_type(const char *type)
{
	return type && *type >= 'a' && *type <= 'z' &&
	       strspn(type, "abcdefghijklmnopqrstuvwxyz0123456789.-") == strlen(type);
}

bool purl_format(const struct purl *purl, char *out, size_t size)
{
	if (!size)
		return false;
	out[0] = 0;
	if (!good_type(purl->type) || !purl->name || !*purl->name)
		return false;
	struct writer w = {out, 0, size, false};
	put_raw(&w, "pkg:");
	put_raw(&w, purl->type);
	put_raw(&w, "/");
	if (purl->name_space)
		put_namespace(&w, purl->name_space);
	put_encoded(&w, purl->name);
	if (purl->version && *purl->version) {
		put_raw(&w, "@");
		put_encoded(&w, purl->version);
	}
	if (purl->arch && *purl->arch) {
		put_raw(&w, "?arch=");
		put_encoded(&w, purl->arch);
	}
	if (w.full)
		out[0] = 0;
	return !w.full;
}
