#include "domain/self_report.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static struct reported_software *add(struct self_report *r)
{
	if (r->count == REPORT_MOST_ITEMS)
		return NULL;
	if (r->count == r->room) {
		uint32_t room = r->room ? 2 * r->room : 256;
		struct reported_software *items = realloc(r->items, room * sizeof *items);
		if (!items)
			return NULL;
		r->items = items;
		r->room = room;
	}
	r->items[r->count] = (struct reported_software){0};
	return &r->items[r->count++];
}

static const char *keep(struct self_report *r, const char *text, size_t len)
{
	return len && len <= 512 ? arena_text(&r->texts, text, len) : NULL;
}

/* dpkg: `dpkg-query -W` (name, tab, version), `dpkg -l`, or the status file. */

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
	struct reported_software *s = add(r);
	if (!s)
		return false;
	s->title = keep(r, name, colon ? (size_t)(colon - name) : name_len);
	s->version = keep(r, version, len);
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

static int read_dpkg(struct self_report *r, const char *data, size_t len, struct error *error)
{
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

/* JSON. */

static const char *text_of(struct self_report *r, const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? keep(r, text, strlen(text)) : NULL;
}

static json_t *parse(const char *data, size_t len, struct error *error)
{
	json_error_t why;
	json_t *root = json_loadb(data, len, 0, &why);
	if (!root)
		error_set(error, ERROR_USAGE, "line %d: this is no JSON: %s", why.line, why.text);
	return root;
}

/* Rows of deb_packages, rpm_packages, programs, apps, python_packages …; os_version has a platform. */
static bool osquery_row(struct self_report *r, const json_t *row)
{
	const char *name = text_of(r, row, "name");
	struct reported_software *s = name ? add(r) : NULL;
	if (!s)
		return !name;
	s->title = name;
	s->version = text_of(r, row, "version");
	if (!s->version)
		s->version = text_of(r, row, "bundle_short_version");
	s->creator = text_of(r, row, "publisher");
	s->system = json_object_get(row, "platform") && json_object_get(row, "major");
	return true;
}

/* An array of rows, or an object of such arrays by the name of their table. */
static bool osquery_rows(struct self_report *r, const json_t *value)
{
	const char *table;
	json_t *item;
	size_t i;
	json_array_foreach((json_t *)value, i, item) if (!json_is_object(item) || !osquery_row(r, item)) return false;
	json_object_foreach((json_t *)value, table,
			    item) if (!json_is_array(item) || !osquery_rows(r, item)) return false;
	return json_is_array(value) || json_is_object(value);
}

static int read_osquery(struct self_report *r, const char *data, size_t len, struct error *error)
{
	json_t *root = parse(data, len, error);
	if (!root)
		return ERROR_USAGE;
	bool good = osquery_rows(r, root);
	json_decref(root);
	return good ? 0 : error_set(error, ERROR_USAGE, "this is no list of rows; give what `osqueryi --json` prints");
}

/* Who makes a component: its publisher, else its supplier's name (CycloneDX 1.2 to 1.6). */
static const char *cyclonedx_creator(struct self_report *r, const json_t *component)
{
	const char *publisher = text_of(r, component, "publisher");
	return publisher ? publisher : text_of(r, json_object_get(component, "supplier"), "name");
}

/* Components may hold components. */
static bool cyclonedx_components(struct self_report *r, const json_t *list, unsigned depth)
{
	size_t i;
	json_t *c;
	if (depth > 16)
		return false;
	json_array_foreach((json_t *)list, i, c)
	{
		const char *name = text_of(r, c, "name"), *type = json_string_value(json_object_get(c, "type"));
		struct reported_software *s = name ? add(r) : NULL;
		if (!s)
			return false;
		s->title = name;
		s->version = text_of(r, c, "version");
		s->creator = cyclonedx_creator(r, c);
		s->cpe = text_of(r, c, "cpe");
		s->purl = text_of(r, c, "purl");
		s->system = type && strcmp(type, "operating-system") == 0;
		if (!cyclonedx_components(r, json_object_get(c, "components"), depth + 1))
			return false;
	}
	return true;
}

static int read_cyclonedx(struct self_report *r, const char *data, size_t len, struct error *error)
{
	json_t *root = parse(data, len, error);
	if (!root)
		return ERROR_USAGE;
	const char *format = json_string_value(json_object_get(root, "bomFormat"));
	bool ours = format && strcmp(format, "CycloneDX") == 0;
	bool good = ours && cyclonedx_components(r, json_object_get(root, "components"), 0);
	json_decref(root);
	if (!ours)
		return error_set(error, ERROR_USAGE,
				 "this is no CycloneDX bill of materials in JSON: its bomFormat is another");
	return good ? 0 : error_set(error, ERROR_USAGE, "a component has no name, or there are too many");
}

static const struct format {
	const char *name;
	int (*read)(struct self_report *r, const char *data, size_t len, struct error *error);
} formats[] = {{"dpkg", read_dpkg}, {"osquery", read_osquery}, {"cyclonedx", read_cyclonedx}};

const char *self_report_format(unsigned i)
{
	return i < sizeof formats / sizeof *formats ? formats[i].name : NULL;
}

int self_report_read(const char *format, const char *data, size_t len, struct self_report *out, struct error *error)
{
	*out = (struct self_report){0};
	arena_init(&out->texts, 64u << 10, REPORT_MOST_OCTETS);
	if (len > REPORT_MOST_OCTETS)
		return error_set(error, ERROR_USAGE, "a report has at most %u octets", REPORT_MOST_OCTETS);
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		if (strcmp(formats[i].name, format) != 0)
			continue;
		int code = formats[i].read(out, data, len, error);
		return code || out->count ? code : error_set(error, ERROR_USAGE, "there is no software in it");
	}
	return error_set(error, ERROR_USAGE, "%.32s: no such format; give dpkg, osquery or cyclonedx", format);
}

void self_report_free(struct self_report *report)
{
	free(report->items);
	arena_fini(&report->texts);
	*report = (struct self_report){0};
}
