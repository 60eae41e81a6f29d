#include "classify/dissect/snmp_device.h"

#include "classify/dissect/text.h"

enum what { MODEL, SERIAL, MAKER, FIRMWARE };

/* Columns and objects: what stands behind is an instance. */
static const struct object {
	uint8_t name[11], len;
	uint8_t what;     /* enum what */
	const char *kind; /* NULL: any device's */
} objects[] = {
	{{0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1, 13}, 11, MODEL, NULL},
	{{0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1, 11}, 11, SERIAL, NULL},
	{{0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1, 12}, 11, MAKER, NULL},
	{{0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1, 10}, 11, FIRMWARE, NULL},
	{{0x2b, 6, 1, 2, 1, 33, 1, 1, 1}, 9, MAKER, "UPS"},
	{{0x2b, 6, 1, 2, 1, 33, 1, 1, 2}, 9, MODEL, "UPS"},
	{{0x2b, 6, 1, 2, 1, 33, 1, 1, 3}, 9, FIRMWARE, "UPS"},
	{{0x2b, 6, 1, 2, 1, 43, 5, 1, 1, 17}, 10, SERIAL, "printer"},
};

static const struct object *object_of(struct cursor name)
{
	size_t n = cursor_left(&name);
	for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
		if (n > objects[i].len && !memcmp(name.at, objects[i].name, objects[i].len))
			return &objects[i];
	return NULL;
}

static struct cursor *member(struct snmp_device *d, uint8_t what)
{
	switch (what) {
	case MODEL:
		return &d->is.model;
	case SERIAL:
		return &d->is.serial;
	case MAKER:
		return &d->is.manufacturer;
	default:
		return &d->firmware;
	}
}

/* The entity that holds the others has index 1; a stack's switches have 1001 and so on at one maker. */
static bool is_chassis(struct cursor instance)
{
	return (cursor_left(&instance) == 1 && instance.at[0] == 1) ||
	       (cursor_left(&instance) == 2 && instance.at[0] == 0x87 && instance.at[1] == 0x69);
}

static bool printable(struct cursor text)
{
	for (; text.at < text.end; text.at++)
		if (*text.at < ' ' || *text.at > '~')
			return false;
	return true;
}

void snmp_device_object(struct dissection *x, struct snmp_device *d, struct cursor name, struct cursor value)
{
	const struct object *o = object_of(name);
	struct cursor text = text_trim(value), instance = name;
	if (!cursor_left(&text) || !printable(text))
		return;
	if (text_starts(text, "MFG:") || text_starts(text, "MANUFACTURER:")) {
		device_id(x, FIELD_SNMP_DEVICE, text);
		return;
	}
	if (!o)
		return;
	cursor_skip(&instance, o->len);
	if (!o->kind && !is_chassis(instance))
		return;
	struct cursor *m = member(d, o->what);
	if (!cursor_left(m))
		*m = text;
	d->is.kind = o->kind;
}

void snmp_device_yield(struct dissection *x, const struct snmp_device *d)
{
	struct wire_text text;
	if (!cursor_left(&d->is.model) && !cursor_left(&d->is.serial))
		return;
	device_text(&d->is, &text);
	if (cursor_left(&d->is.model))
		wire_label(&text, "firmware", d->firmware);
	wire_yield(x, FIELD_SNMP_DEVICE, &text);
}
