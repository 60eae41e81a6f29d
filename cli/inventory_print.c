#include "cli/inventory_print.h"

#include "cli/claim_line.h"
#include "cli/table.h"
#include "core/time.h"
#include "domain/claim_text.h"
#include "domain/explain.h"

/* A member between two texts; nothing when it is absent or empty. */
static void add_member(struct buffer *b, const char *before, const json_t *object, const char *name, const char *after)
{
	const json_t *member = json_object_get(object, name);
	if (!member || (json_is_string(member) && !json_string_length(member)))
		return;
	buffer_text(b, before);
	claim_words(b, member);
	buffer_text(b, after);
}

static void add_evidence(struct buffer *b, const char *evidence, bool every)
{
	json_t *list = evidence ? json_loads(evidence, JSON_ALLOW_NUL, NULL) : NULL;
	for (size_t i = 0; i < json_array_size(list) && (every || !i); i++) {
		const json_t *e = json_array_get(list, i);
		add_member(b, "      seen: ", e, "field", "");
		add_member(b, " \"", e, "value", "\"");
		add_member(b, ", ", e, "source", "");
		add_member(b, " packet ", e, "packet", "");
		add_member(b, ", ", e, "time", "");
		add_member(b, ", flow ", e, "communityId", "");
		buffer_char(b, '\n');
	}
	json_decref(list);
}

static void add_origin(struct buffer *b, const char *what, const char *text)
{
	if (!text)
		return;
	buffer_text(b, what);
	table_escape(b, text);
}

static void add_known(struct buffer *b, const struct claim *c, bool explain)
{
	char start[TIME_TEXT_BYTES], end[TIME_TEXT_BYTES];
	buffer_format(b, "      %u %%", c->confidence);
	for (unsigned bit = KNOWN_SELF; bit <= KNOWN_DERIVED; bit <<= 1)
		if (c->known & bit)
			buffer_format(b, ", %s", assertion_known_name(bit));
	if (explain) {
		add_origin(b, ", by ", c->method);
		add_origin(b, ", signature ", c->signature);
	}
	time_text(c->start_ns, start);
	time_text(c->end_ns, end);
	buffer_format(b, "; %s to %s%s\n", start, end, c->open ? ", still open" : "");
}

static void add_rival(struct buffer *b, const struct rival *r)
{
	BUFFER_LITERAL(b, "      against: ");
	claim_line(b, r->claim, NULL);
	buffer_format(b, " (%u %%) %s\n", r->claim->confidence, r->why);
	add_evidence(b, r->claim->evidence, false);
}

static void add_explanation(struct buffer *b, const struct inventory_endpoint *e, const struct claim *c)
{
	struct explanation x;
	explain_claim(e, c, &x);
	buffer_format(b, "      because: %s", x.rule);
	add_origin(b, ", as the signature reads it that `onlooker signatures explain ",
		   c->signature ? c->method : NULL);
	buffer_text(b, c->signature ? " VALUE` shows\n" : "\n");
	add_evidence(b, x.evidence, true);
	for (uint32_t i = 0; i < x.n_rivals; i++)
		add_rival(b, &x.rivals[i]);
	if (x.more)
		buffer_format(b, "      against: %u more\n", x.more);
	buffer_format(b, "      would change it: %s\n", x.change);
}

static void add_claim(struct buffer *b, const struct inventory_endpoint *e, const struct claim *c, bool explain)
{
	json_t *rest;
	BUFFER_LITERAL(b, "  ");
	claim_line(b, c, &rest);
	buffer_char(b, '\n');
	if (rest) {
		BUFFER_LITERAL(b, "      ");
		claim_words(b, rest);
		buffer_char(b, '\n');
		json_decref(rest);
	}
	add_known(b, c, explain);
	if (explain)
		add_explanation(b, e, c);
	else
		add_evidence(b, c->evidence, false);
}

/* Events are moments: one line each. */
static void add_event(struct buffer *b, const struct claim *c)
{
	char time[TIME_TEXT_BYTES];
	time_text(c->start_ns, time);
	buffer_format(b, "  %s  ", time);
	claim_line(b, c, NULL);
	buffer_char(b, '\n');
}

/* Endpoints that share an identifier with it, as related_json() says. */
static void add_related(struct buffer *b, const struct inventory_endpoint *e, const struct related *related)
{
	struct buffer text = {0};
	related_json(&text, related, e->id, e->claims, e->n_claims);
	json_t *list = text.failed ? NULL : json_loadb(text.data, text.len, 0, NULL), *r;
	size_t i;
	if (json_array_size(list))
		BUFFER_LITERAL(b, "\nMay be the same, or act for one another\n");
	json_array_foreach(list, i, r)
	{
		add_member(b, "  ", r, "endpointIdentifier", "");
		add_member(b, " has the same ", r, "reason", "");
		add_member(b, " (", r, "confidence", " %)\n");
	}
	json_decref(list);
	buffer_fini(&text);
}

static void add_endpoint(struct buffer *b, const struct inventory_endpoint *e, const struct related *related,
			 bool explain)
{
	static const char *const heads[] = {"Names", "Software",        "Services",          "Hardware",  "Location",
					    "Users", "Several systems", "The sensor itself", "Also seen", "Events"};
	char id[37], first[TIME_TEXT_BYTES], last[TIME_TEXT_BYTES];
	uuid_text(e->id, id);
	time_text(e->first_ns, first);
	time_text(e->last_ns, last);
	buffer_format(b, "Endpoint %s%s\nSeen %s to %s\n", id, e->unique ? "" : " (others could carry the same names)",
		      first, last);
	if (explain)
		buffer_format(b, "%s: %s\n", e->unique ? "Uniquely identified" : "Not uniquely identified",
			      explain_unique(e));
	int group = -1;
	for (uint32_t i = 0; i < e->n_claims; i++) {
		int now = (int)claim_group(&e->claims[i]);
		if (now != group)
			buffer_format(b, "\n%s\n", heads[now]);
		group = now;
		if (now == GROUP_EVENT)
			add_event(b, &e->claims[i]);
		else
			add_claim(b, e, &e->claims[i], explain);
	}
	add_related(b, e, related);
}

bool inventory_print_endpoint(const struct inventory_endpoint *e, const struct related *related, bool explain,
			      FILE *out)
{
	struct buffer b = {0};
	add_endpoint(&b, e, related, explain);
	bool good = !b.failed && fwrite(b.data, 1, b.len, out) == b.len;
	buffer_fini(&b);
	return good;
}
