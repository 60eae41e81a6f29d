#include "cli/diff_print.h"

#include "cli/claim_line.h"
#include "core/time.h"
#include "domain/claim_text.h"

#include <inttypes.h>

struct diff_printing {
	struct buffer text;
	FILE *out;
	bool json, failed;
	uint64_t count[3];
};

static void add_time(struct buffer *b, const char *before, uint64_t time_ns)
{
	char text[TIME_TEXT_BYTES];
	time_text(time_ns, text);
	buffer_text(b, before);
	buffer_text(b, text);
}

static void add_gone(struct buffer *b, const struct claim *before)
{
	BUFFER_LITERAL(b, "    - ");
	claim_line(b, before, NULL);
	add_time(b, "  last seen ", before->end_ns);
	buffer_char(b, '\n');
}

static void add_present(struct buffer *b, const struct claim *before, const struct claim *after)
{
	buffer_text(b, before ? "    ~ " : "    + ");
	if (before) {
		claim_line(b, before, NULL);
		BUFFER_LITERAL(b, "  ->  ");
	}
	claim_line(b, after, NULL);
	add_time(b, "  since ", after->start_ns);
	buffer_char(b, '\n');
}

/* The headline has the names of an endpoint that came or went. */
static bool shown(const struct inventory_change *c, const struct claim_change *k)
{
	return c->change == CHANGE_CHANGED || (c->change == CHANGE_NEW && claim_group(k->after) != GROUP_DESIGNATION);
}

static void add_change(struct buffer *b, const struct inventory_change *c)
{
	char id[37];
	uuid_text(c->endpoint.id, id);
	buffer_format(b, "%-8s %.8s  ", change_name(c->change), id);
	claim_names(b, c->endpoint.claims, c->endpoint.n_claims);
	if (c->change == CHANGE_NEW)
		add_time(b, "  first seen ", c->endpoint.first_ns);
	else if (c->change == CHANGE_GONE)
		add_time(b, "  last seen ", c->endpoint.last_ns);
	buffer_char(b, '\n');
	for (uint32_t i = 0; i < c->n_claims; i++)
		if (!shown(c, &c->claims[i]))
			continue;
		else if (c->claims[i].after)
			add_present(b, c->claims[i].before, c->claims[i].after);
		else
			add_gone(b, c->claims[i].before);
}

static bool print(void *arg, struct inventory_change *c)
{
	struct diff_printing *p = arg;
	buffer_clear(&p->text);
	if (p->json)
		inventory_change_json(&p->text, c);
	else
		add_change(&p->text, c);
	p->count[c->change]++;
	p->failed = p->text.failed || fwrite(p->text.data, 1, p->text.len, p->out) != p->text.len;
	return !p->failed;
}

static void print_sum(const struct diff_printing *p, uint64_t since_ns, uint64_t until_ns)
{
	char since[TIME_TEXT_BYTES], until[TIME_TEXT_BYTES];
	time_text(since_ns, since);
	time_text(until_ns, until);
	if (!until_ns) {
		fprintf(p->out, "the repository is empty\n");
		return;
	}
	if (until_ns < since_ns) {
		fprintf(p->out, "nothing was seen since %s, the last at %s\n", since, until);
		return;
	}
	fprintf(p->out, "%s%s to %s: %" PRIu64 " new, %" PRIu64 " changed, %" PRIu64 " gone\n", p->text.len ? "\n" : "",
		since, until, p->count[CHANGE_NEW], p->count[CHANGE_CHANGED], p->count[CHANGE_GONE]);
}

int diff_print(struct repository *r, const struct inventory_filter *filter, uint64_t since_ns, uint64_t until_ns,
	       bool json, FILE *out, struct error *error)
{
	struct diff_printing p = {.out = out, .json = json};
	int code = inventory_diff(r, filter, since_ns, &until_ns, print, &p, error);
	if (!code && !json)
		print_sum(&p, since_ns, until_ns);
	if (!code && p.text.failed)
		code = error_set(error, ERROR_FAILED, "no memory for a line of the difference");
	buffer_fini(&p.text);
	return code;
}
