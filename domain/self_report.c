#include "domain/self_report_read.h"

#include <stdlib.h>
#include <string.h>

struct reported_software *self_report_add(struct self_report *r)
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

const char *self_report_keep(struct self_report *r, const char *text, size_t len)
{
	return len && len <= 512 ? arena_text(&r->texts, text, len) : NULL;
}

static const struct format {
	const char *name;
	int (*read)(struct self_report *r, const char *data, size_t len, struct error *error);
	const char *method;
} formats[] = {
	{"dpkg", self_report_dpkg, REPORT_LIST "dpkg"},    {"osquery", self_report_osquery, REPORT_LIST "osquery"},
	{"cyclonedx", self_report_cyclonedx, REPORT_ITEM}, {"spdx", self_report_spdx, REPORT_ITEM},
	{"swid", self_report_swid, REPORT_ITEM},           {"coswid", self_report_coswid, REPORT_ITEM},
};

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
		out->method = formats[i].method;
		int code = formats[i].read(out, data, len, error);
		return code || out->count ? code : error_set(error, ERROR_USAGE, "there is no software in it");
	}
	return error_set(error, ERROR_USAGE,
			 "%.32s: no such format; give dpkg, osquery, cyclonedx, spdx, swid or coswid", format);
}

void self_report_free(struct self_report *report)
{
	free(report->items);
	arena_fini(&report->texts);
	*report = (struct self_report){0};
}
