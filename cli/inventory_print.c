#include "cli/inventory_print.h"

#include "cli/table.h"
#include "core/time.h"

#include <inttypes.h>
#include <jansson.h>

#define SHORT_ID 8

struct listing {
	struct table table;
	struct buffer cell;
	uint64_t count;
};

static bool contains(const char *list, const char *text)
{
	size_t n = strlen(text);
	for (const char *p = strstr(list, text); p; p = strstr(p + 1, text))
		if ((p == list || p[-1] == ' ') && (!p[n] || p[n] == ','))
			return true;
	return false;
}

/* Adds to a list with commas what is not yet in it. */
static void add(struct buffer *cell, const char *text)
{
	buffer_char(cell, 0);
	cell->len -= !cell->failed;
	if (!*text || cell->failed || contains(cell->data, text))
		return;
	if (cell->len)
		BUFFER_LITERAL(cell, ", ");
	buffer_text(cell, text);
}

static void finish(struct listing *l)
{
	buffer_char(&l->cell, 0);
	table_cell(&l->table, l->cell.failed ? "" : l->cell.data);
	buffer_clear(&l->cell);
}

static void names(struct listing *l, const struct inventory_endpoint *e, const char *const *kinds)
{
	char text[512];
	for (; *kinds; kinds++)
		for (uint32_t i = 0; i < e->n_claims; i++)
			if (inventory_group(&e->claims[i]) == GROUP_DESIGNATION &&
			    strcmp(e->claims[i].kind, *kinds) == 0 &&
			    claim_text(&e->claims[i], NULL, text, sizeof text))
				add(&l->cell, text);
	finish(l);
}

static void software(struct listing *l, const struct inventory_endpoint *e, bool system)
{
	char role[64], title[256], version[128], text[400];
	for (uint32_t i = 0; i < e->n_claims; i++) {
		const struct claim *c = &e->claims[i];
		if (inventory_group(c) != GROUP_SOFTWARE || !claim_text(c, "softwareTitle", title, sizeof title))
			continue;
		bool is_system = claim_text(c, "role", role, sizeof role) && strcmp(role, "operatingSystem") == 0;
		if (is_system != system)
			continue;
		bool has_version = claim_text(c, "softwareVersion", version, sizeof version);
		snprintf(text, sizeof text, "%s%s%s", title, has_version ? " " : "", has_version ? version : "");
		add(&l->cell, text);
	}
	finish(l);
}

static bool row(void *arg, const struct inventory_endpoint *e)
{
	static const char *const addresses[] = {"ipv4Address", "ipv6Address", "macAddress", NULL};
	static const char *const called[] = {"hostName", "domainName", NULL};
	struct listing *l = arg;
	char id[37];
	uuid_text(e->id, id);
	id[SHORT_ID] = 0;
	table_cell(&l->table, id);
	names(l, e, addresses);
	names(l, e, called);
	software(l, e, true);
	software(l, e, false);
	l->count++;
	return !l->table.cells.failed;
}

int inventory_print_filtered(struct repository *r, const struct inventory_filter *filter, FILE *out)
{
	static const char *const heads[] = {"ENDPOINT", "ADDRESSES", "NAMES", "SYSTEM", "SOFTWARE"};
	struct listing l = {0};
	struct error error = {""};
	table_init(&l.table, heads, 5);
	int code = inventory_each(r, filter, row, &l, &error);
	if (!code && l.count && !table_print(&l.table, out, table_width(out)))
		code = error_set(&error, ERROR_FAILED, "the inventory could not be written; look at where it goes");
	if (!code)
		fprintf(out, "%s%" PRIu64 " endpoint%s\n", l.count ? "\n" : "", l.count, l.count == 1 ? "" : "s");
	if (code)
		fprintf(stderr, "onlooker: %s\n", error.text);
	table_fini(&l.table);
	buffer_fini(&l.cell);
	return code ? 1 : 0;
}

int inventory_print_table(struct repository *r, FILE *out)
{
	return inventory_print_filtered(r, NULL, out);
}

/* One endpoint in full. */

static void print_escaped(FILE *out, const char *text)
{
	struct buffer b = {0};
	table_escape(&b, text);
	fwrite(b.data, 1, b.len, out);
	buffer_fini(&b);
}

static void print_scalar(FILE *out, const json_t *value)
{
	if (json_is_string(value))
		print_escaped(out, json_string_value(value));
	else if (json_is_integer(value))
		fprintf(out, "%lld", (long long)json_integer_value(value));
	else if (json_is_array(value))
		for (size_t i = 0; i < json_array_size(value); i++) {
			fputs(i ? ", " : "", out);
			print_scalar(out, json_array_get(value, i));
		}
}

/* "softwareTitle nginx, softwareVersion 1.22.1, …" or the plain text. */
static void print_value(FILE *out, const json_t *value)
{
	const char *key, *separator = "";
	json_t *member;
	if (!json_is_object(value)) {
		print_scalar(out, value);
		return;
	}
	json_object_foreach((json_t *)value, key, member)
	{
		fputs(separator, out);
		print_escaped(out, key);
		fputc(' ', out);
		print_scalar(out, member);
		separator = ", ";
	}
}

static void print_evidence(FILE *out, const char *evidence, bool every)
{
	json_t *list = evidence ? json_loads(evidence, JSON_ALLOW_NUL, NULL) : NULL;
	for (size_t i = 0; i < json_array_size(list) && (every || !i); i++) {
		fputs("      seen: ", out);
		print_value(out, json_array_get(list, i));
		fputc('\n', out);
	}
	json_decref(list);
}

static void print_known(FILE *out, const struct claim *c, bool explain)
{
	fprintf(out, "      %u %%", c->confidence);
	for (unsigned bit = KNOWN_SELF; bit <= KNOWN_DERIVED; bit <<= 1)
		if (c->known & bit)
			fprintf(out, ", %s", assertion_known_name(bit));
	if (c->method && explain) {
		fputs(", by ", out);
		print_escaped(out, c->method);
	}
	if (c->signature && explain) {
		fputs(", signature ", out);
		print_escaped(out, c->signature);
	}
	char start[TIME_TEXT_BYTES], end[TIME_TEXT_BYTES];
	time_text(c->start_ns, start);
	time_text(c->end_ns, end);
	fprintf(out, "; %s to %s%s\n", start, end, c->open ? ", still open" : "");
}

static void print_claim(FILE *out, const struct claim *c, bool explain)
{
	json_t *value = json_loads(c->value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	fprintf(out, "  %s: ", c->kind);
	print_value(out, value);
	fputc('\n', out);
	print_known(out, c, explain);
	print_evidence(out, c->evidence, explain);
	json_decref(value);
}

void inventory_print_endpoint(const struct inventory_endpoint *e, bool explain, FILE *out)
{
	static const char *const heads[] = {"Names",    "Software", "Services",  "Hardware",
					    "Location", "Users",    "Also seen", "Events"};
	char id[37], first[TIME_TEXT_BYTES], last[TIME_TEXT_BYTES];
	uuid_text(e->id, id);
	time_text(e->first_ns, first);
	time_text(e->last_ns, last);
	fprintf(out, "Endpoint %s%s\nSeen %s to %s\n", id, e->unique ? "" : " (others could carry the same names)",
		first, last);
	int group = -1;
	for (uint32_t i = 0; i < e->n_claims; i++) {
		int now = (int)inventory_group(&e->claims[i]);
		if (now != group)
			fprintf(out, "\n%s\n", heads[now]);
		group = now;
		print_claim(out, &e->claims[i], explain);
	}
}
