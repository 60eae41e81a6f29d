#include "cli/reinfer_print.h"

#include "cli/claim_line.h"
#include "domain/reinfer.h"

#include <inttypes.h>

static void print_members(struct buffer *b, const char *mark, const json_t *list)
{
	const json_t *m;
	size_t i;
	json_array_foreach(list, i, m)
	{
		const char *signature = json_string_value(json_object_get(m, "signature"));
		const json_t *evidence = json_array_get(json_object_get(m, "evidence"), 0);
		buffer_format(b, "  %s ", mark);
		claim_words(b, json_object_get(m, "value"));
		buffer_text(b, "\n      by ");
		buffer_text(b, signature ? signature : "?");
		buffer_text(b, ", of ");
		claim_words(b, json_object_get(evidence, "field"));
		buffer_text(b, " \"");
		claim_words(b, json_object_get(evidence, "value"));
		buffer_text(b, "\"\n");
	}
}

static bool put(struct buffer *b)
{
	bool good = !b->failed && fwrite(b->data, 1, b->len, stdout) == b->len;
	buffer_fini(b);
	return good;
}

static bool print_text(void *arg, const struct reinferred *what)
{
	(void)arg;
	struct buffer line = {0}, b = {0};
	reinfer_json(&line, what);
	json_t *change = line.failed ? NULL : json_loadb(line.data, line.len, JSON_ALLOW_NUL, NULL);
	buffer_fini(&line);
	buffer_format(&b, "Endpoint %s\n", json_string_value(json_object_get(change, "endpointIdentifier")));
	print_members(&b, "-", json_object_get(change, "gone"));
	print_members(&b, "+", json_object_get(change, "new"));
	json_decref(change);
	return put(&b);
}

static bool print_line(void *arg, const struct reinferred *what)
{
	(void)arg;
	struct buffer b = {0};
	reinfer_json(&b, what);
	return put(&b);
}

int reinfer_print(struct repository *r, const struct inventory_filter *filter, const struct option_texts *signatures,
		  bool json, struct error *error)
{
	struct signature_set *set = NULL;
	struct reinfer_counts n;
	int code = signatures->count ? signature_load(signatures->items, signatures->count, &set, error)
				     : signature_builtin(&set, error);
	if (code)
		return ERROR_USAGE;
	code = reinfer(r, filter, set, json ? print_line : print_text, NULL, &n, error);
	if (!code && !json)
		printf("%s%" PRIu64 " of %" PRIu64 " endpoints change, by %" PRIu64 " features read with %s\n",
		       n.changed ? "\n" : "", n.changed, n.endpoints, n.features, signature_digest(set));
	signature_free(set);
	return code;
}
