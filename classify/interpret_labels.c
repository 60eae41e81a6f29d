#include "classify/labels.h"
#include "classify/statement.h"

#include <stdio.h>
#include <string.h>

static const char *label(struct meaning *m, const char *value, size_t len, const char *key)
{
	size_t n;
	const char *found = labels_find(value, len, key, &n);
	const char *text = found ? statement_text(&m->arena, found, n) : NULL;
	return text && *text ? text : NULL;
}

static void labelled_software(struct interpreter *in, enum field field, struct meaning *m, const char *value,
			      size_t len)
{
	static const uint8_t roles[] = {[FIELD_SIDE_HOST] = ROLE_FIRMWARE,
					[FIELD_SIDE_SERVER] = ROLE_SERVER,
					[FIELD_SIDE_CLIENT] = ROLE_CLIENT};
	const char *product = label(m, value, len, "product"), *model = label(m, value, len, "model");
	const char *firmware = label(m, value, len, "firmware");
	struct conclusion c = {.kind = CONCLUDES_SOFTWARE,
			       .confidence = field_table[field].confidence,
			       .creator = label(m, value, len, "vendor")};
	if (product) {
		c.role = (enum software_role)roles[field_table[field].side];
		c.title = product;
		c.version = label(m, value, len, "version");
		statement_software(in, field, m, &c);
	} else if (model && firmware) {
		char title[SHOWN_BYTES];
		snprintf(title, sizeof title, "%.200s firmware", model);
		c.role = ROLE_FIRMWARE;
		c.title = title;
		c.version = firmware;
		statement_software(in, field, m, &c);
	}
}

/* A model by the name of a program is that program, on a machine that tells nothing of itself. */
static bool is_program(const struct interpreter *in, const char *model)
{
	for (uint32_t i = 0; model && i < in->n; i++)
		if (in->says[i].attribute == ATTRIBUTE_SOFTWARE && in->says[i].title &&
		    strstr(model, in->says[i].title))
			return true;
	return false;
}

/* A serial number belongs to the hardware, whoever named that. */
static void labelled_hardware(struct interpreter *in, enum field field, struct meaning *m, const char *value,
			      size_t len)
{
	const char *model = label(m, value, len, "model"), *serial = label(m, value, len, "serial");
	const char *kind = label(m, value, len, "kind");
	if (!statement_says(in, ATTRIBUTE_HARDWARE) && !is_program(in, model) && (model || serial || kind)) {
		struct conclusion c = {.kind = CONCLUDES_HARDWARE,
				       .confidence = field_table[field].confidence,
				       .title = model,
				       .creator = label(m, value, len, "vendor"),
				       .hardware_kind = kind};
		statement_hardware(in, field, m, &c);
	}
	for (uint32_t i = 0; i < in->n; i++)
		if (in->says[i].attribute == ATTRIBUTE_HARDWARE)
			statement_member(&in->says[i], "serialNumber", serial);
}

void interpret_labels(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		      struct meaning *m)
{
	statement_recognise(in, field, field, m, value, len);
	if (!statement_says(in, ATTRIBUTE_SOFTWARE))
		labelled_software(in, field, m, value, len);
	labelled_hardware(in, field, m, value, len);
	if (!in->n || in->raw)
		statement_banner(in, field, m->shown);
}

void interpret_location(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
			struct meaning *m)
{
	static const char *const names[] = {"kind", "chassis", "port"};
	struct statement_of *s = statement_add(in, field, ATTRIBUTE_LOCATION);
	for (size_t i = 0; s && i < sizeof names / sizeof *names; i++)
		statement_member(s, names[i], label(m, value, len, names[i]));
}
