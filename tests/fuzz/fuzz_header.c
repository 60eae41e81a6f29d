/* Headers and instructions from the fabric, whatever they hold: read, or refused with a reason. */
#include "core/arena.h"
#include "domain/collection.h"
#include "domain/header.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An assertion to ask a filter about. */
static const struct assertion *sample(void)
{
	static const struct member members[] = {{"softwareTitle", "nginx", 0, NULL}, {"port", NULL, 80, NULL}};
	static const struct attribute attribute = {
		.name = ATTRIBUTE_SOFTWARE, .members = members, .n_members = 2, .known = KNOWN_SELF, .confidence = 90};
	static const struct designation name = {DESIGNATION_IPV4, "192.0.2.7", KNOWN_OBSERVATION, 95};
	static const struct assertion a = {.statement = STATEMENT_CORRELATION,
					   .has_endpoint = true,
					   .designations = &name,
					   .n_designations = 1,
					   .attributes = &attribute,
					   .n_attributes = 1};
	return &a;
}

static void read_instructions(const uint8_t *data, size_t size)
{
	struct error error = {""};
	struct collection *c = NULL;
	json_t *payload = payload_parse(data, size, &error);
	if (!payload && !error.text[0])
		abort();
	if (!payload)
		return;
	error.text[0] = 0;
	if (collection_read(payload, 1000000000, &c, &error) == REFUSED_NOT) {
		(void)collection_takes(c, sample());
		collection_free(c);
	} else if (!error.text[0]) {
		abort(); /* a refusal without a reason helps nobody */
	}
	json_decref(payload);
}

static void read_filter(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct selection *s = NULL;
	struct error error = {""};
	if (text && selection_compile(text, &s, &error) == 0)
		(void)selection_takes(s, sample(), sample()->attributes);
	else if (text && !error.text[0])
		abort();
	selection_free(s);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct header h;
	struct error error = {""};
	enum refusal refusal = header_parse(data, size, &h, &error);
	if (refusal && !error.text[0])
		abort();
	if (!refusal && h.type == HEADER_REQUEST && (!h.operation || !h.to || (!h.correlation && h.ticket < 0)))
		abort();
	if (!refusal) {
		char *text = header_text(json_incref(h.json));
		if (!text)
			abort(); /* what was read can be written */
		free(text);
	}
	header_fini(&h);
	read_instructions(data, size);
	read_filter(data, size);
	return 0;
}
