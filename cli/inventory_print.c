#include "cli/inventory_print.h"

#include "cli/table.h"
#include "core/time.h"
#include "domain/claim_text.h"

#include <jansson.h>

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
		int now = (int)claim_group(&e->claims[i]);
		if (now != group)
			fprintf(out, "\n%s\n", heads[now]);
		group = now;
		print_claim(out, &e->claims[i], explain);
	}
}
