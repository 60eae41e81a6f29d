#include "cli/explain.h"

#include "classify/signature_set.h"

#include <stdio.h>
#include <string.h>

enum { CONCLUSIONS_MAX = 32 };

static const char *const outcome_name[] = {
	[OUTCOME_WON] = "matches",
	[OUTCOME_LOST] = "matches too",
	[OUTCOME_REJECTED] = "does not match",
	[OUTCOME_LIMIT] = "ran into a limit",
};

/* Text from outside on a terminal: control characters are shown, not sent. */
static void print_safely(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c < 0x20 || c == 0x7f)
			printf("\\x%02x", c);
		else
			putchar(c);
	}
}

static void print_event(void *context, const struct signature_event *e)
{
	const struct model *m = &e->part->model;
	unsigned *matched = context;
	*matched += e->outcome == OUTCOME_WON;
	printf("%*s%s/%s %s", (int)e->depth * 2, "", field_table[e->field].name, model_text(m, e->entry->name),
	       outcome_name[e->outcome]);
	if (e->outcome == OUTCOME_LOST)
		printf(", but %s comes before it in group «%s»", model_text(&e->winner_part->model, e->winner->name),
		       model_text(m, e->entry->group));
	if (e->depth) {
		printf(", in the captured text «");
		print_safely(e->value, e->len);
		printf("»");
	}
	printf("\n%*s  /%s/  (%s:%u)\n", (int)e->depth * 2, "", model_text(m, e->entry->pattern),
	       e->entry->file ? model_text(m, e->entry->file) : "?", e->entry->line);
}

static void print_member(const char *name, const char *text)
{
	if (!text)
		return;
	printf("  %-12s ", name);
	print_safely(text, strlen(text));
	putchar('\n');
}

static void print_conclusion(const struct conclusion *c)
{
	static const char *const kind[] = {"software", "hardware", "host name"};
	printf("%s", kind[c->kind]);
	if (c->kind == CONCLUDES_SOFTWARE)
		printf(", %s", software_role_name[c->role]);
	printf(", %u %% sure, by %s\n", c->confidence, c->signature ? c->signature : "?");
	bool hardware = c->kind == CONCLUDES_HARDWARE;
	print_member(hardware ? "model" : "title", c->title);
	print_member(hardware ? "manufacturer" : "creator", c->creator);
	print_member("version", c->version);
	print_member("revision", c->revision);
	print_member("kind", c->hardware_kind);
	print_member("cpe", c->cpe);
	print_member("purl", c->purl);
}

int explain_value(const struct signature_set *set, enum field field, const char *value)
{
	struct signature_scratch *scratch = signature_scratch_new(set);
	struct conclusion out[CONCLUSIONS_MAX];
	struct arena arena;
	unsigned matched = 0;
	if (!scratch) {
		fprintf(stderr, "onlooker signatures: memory is out\n");
		return 1;
	}
	arena_init(&arena, 16384, 1 << 20);
	struct signature_trace trace = {print_event, &matched};
	size_t n =
		signature_match_traced(set, scratch, field, value, strlen(value), &arena, out, CONCLUSIONS_MAX, &trace);
	if (!matched)
		printf("no signature of %s matches\n", field_table[field].name);
	for (size_t i = 0; i < n; i++) {
		putchar('\n');
		print_conclusion(&out[i]);
	}
	arena_fini(&arena);
	signature_scratch_free(scratch);
	return 0;
}
