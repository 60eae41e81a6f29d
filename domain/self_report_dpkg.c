/* dpkg: `dpkg-query -W` (name, tab, version), `dpkg -l`, or the status file. */
#include "domain/self_report_read.h"

#include <ctype.h>
#include <string.h>

static size_t word(const char **at, const char *end, const char **out)
{
	while (*at < end && isblank((unsigned char)**at))
		++*at;
	*out = *at;
	while (*at < end && !isspace((unsigned char)**at))
		++*at;
	return (size_t)(*at - *out);
}

/* A name may carry its architecture: libc6:amd64. */
static bool add_package(struct self_report *r, const char *name, size_t name_len, const char *version, size_t len)
{
	const char *colon = memchr(name, ':', name_len);
	struct reported_software *s = name_len && isalnum((unsigned char)*name) ? self_report_add(r) : NULL;
	if (!s)
		return false;
	s->title = self_report_keep(r, name, colon ? (size_t)(colon - name) : name_len);
	s->version = self_report_keep(r, version, len);
	return s->title;
}

/* One line of a list; false when it is none. Lines of packages that are not installed say nothing. */
static bool list_line(struct self_report *r, const char *at, const char *end)
{
	const char *first, *second, *third;
	size_t a = word(&at, end, &first), b = word(&at, end, &second);
	size_t c = word(&at, end, &third);
	if (a == 2 && c && first[0] == 'i' && first[1] == 'i') /* dpkg -l */
		return add_package(r, second, b, third, c);
	if (!a || *first == '|' || *first == '+' || *first == '#' || memcmp(first, "Desired=", a < 8 ? a : 8) == 0)
		return true;
	if (a == 2 && c && strchr("uirph", first[0]) && strchr("ncHUFWti", first[1]))
		return true;
	return b && isalnum((unsigned char)*first) && add_package(r, first, a, second, b);
}

struct paragraph {
	const char *name, *version;
	size_t name_len, version_len;
	bool installed;
};

static bool end_paragraph(struct self_report *r, struct paragraph *p)
{
	bool good = !p->name || !p->installed || !p->version ||
		    add_package(r, p->name, p->name_len, p->version, p->version_len);
	*p = (struct paragraph){0};
	return good;
}

static bool status_line(struct self_report *r, struct paragraph *p, const char *at, const char *end)
{
	const char *key, *value;
	if (at == end)
		return end_paragraph(r, p);
	if (isblank((unsigned char)*at))
		return true;
	size_t n = word(&at, end, &key), len = word(&at, end, &value);
	if (n == 8 && memcmp(key, "Package:", 8) == 0) {
		p->name = value;
		p->name_len = len;
	} else if (n == 8 && memcmp(key, "Version:", 8) == 0) {
		p->version = value;
		p->version_len = len;
	} else if (n == 7 && memcmp(key, "Status:", 7) == 0)
		p->installed = end - value >= 9 && memcmp(end - 9, "installed", 9) == 0 && end[-10] == ' ';
	return true;
}

int self_report_dpkg(struct self_report *r, const char *data, size_t len, struct error *error)
{
	if (memchr(data, 0, len))
		return error_set(error, ERROR_USAGE, "there are octets of zero in it: that is no text");
	bool status = len > 8 && memcmp(data, "Package:", 8) == 0;
	struct paragraph p = {0};
	uint64_t line = 1;
	for (const char *at = data, *end = data + len; at < end; line++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		stop = stop ? stop : end;
		if (!(status ? status_line(r, &p, at, stop) : list_line(r, at, stop)))
			return error_set(error, ERROR_USAGE,
					 "line %llu is no package and version; give what `dpkg-query -W` prints",
					 (unsigned long long)line);
		at = stop + 1;
	}
	return end_paragraph(r, &p) ? 0 : error_set(error, ERROR_FAILED, "more packages than fit");
}
