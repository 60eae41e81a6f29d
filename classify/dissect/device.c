#include "classify/dissect/device.h"

#include "classify/dissect/text.h"

#define PART_BYTES 128 /* most of a part that is handed on */

/* A part without what would be taken for the end of it. */
static void part(struct wire_text *t, struct cursor value)
{
	value = text_trim(value);
	size_t n = cursor_left(&value) < PART_BYTES ? cursor_left(&value) : PART_BYTES;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = value.at[i];
		wire_text_add(t, c == '|' ? "/" : c < 0x20 || c == 0x7f ? " " : (const char *)&value.at[i], 1);
	}
}

static bool contains(struct cursor text, struct cursor inner)
{
	size_t n = cursor_left(&inner);
	for (; cursor_left(&text) >= n; text.at++)
		if (wire_equal(text.at, n, inner.at, n))
			return true;
	return false;
}

/* "3900X" tells more than "Roku Express"; "1" and "v1.0" tell nothing of use. */
static bool tells(struct cursor model, struct cursor number)
{
	number = text_trim(number);
	size_t n = cursor_left(&number);
	return n >= 3 && n <= 40 && !contains(model, number);
}

void device_text(const struct device *d, struct wire_text *t)
{
	t->len = 0;
	part(t, d->manufacturer);
	wire_text_add(t, "|", 1);
	part(t, d->model);
	if (tells(d->model, d->number)) {
		wire_text_add(t, " ", cursor_left(&d->model) > 0);
		part(t, d->number);
	}
	wire_text_add(t, "|", 1);
	part(t, d->serial);
	wire_text_add(t, "|", 1);
	if (d->kind)
		wire_text_add(t, d->kind, strlen(d->kind));
	while (t->len && t->data[t->len - 1] == '|')
		t->len--;
}

void device_yield(struct dissection *x, enum field field, const struct device *d)
{
	struct wire_text text;
	device_text(d, &text);
	wire_yield(x, field, &text);
}

void device_kind(struct dissection *x, enum field field, const char *kind)
{
	device_yield(x, field, &(struct device){.kind = kind});
}
