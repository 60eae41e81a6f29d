#include "classify/dissect/device.h"

#include "classify/dissect/text.h"

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

/* The number of a model is said with it. */
static struct cursor whole_model(struct wire_text *t, const struct device *d)
{
	struct cursor model = text_trim(d->model), number = text_trim(d->number);
	if (!tells(model, number))
		return model;
	wire_text_add(t, model.at, cursor_left(&model));
	wire_text_add(t, " ", cursor_left(&model) > 0);
	wire_text_add(t, number.at, cursor_left(&number));
	return cursor_init(t->data, t->len);
}

void device_text(const struct device *d, struct wire_text *t)
{
	struct wire_text model = {.len = 0};
	t->len = 0;
	wire_label(t, "vendor", text_trim(d->manufacturer));
	wire_label(t, "model", whole_model(&model, d));
	wire_label(t, "serial", text_trim(d->serial));
	if (d->kind)
		wire_label(t, "kind", cursor_init(d->kind, strlen(d->kind)));
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

/* Long keys and short ones. */
static void pair_of(struct device *d, struct cursor key, struct cursor value)
{
	if (text_is(key, "MFG") || text_is(key, "MANUFACTURER"))
		d->manufacturer = value;
	else if (text_is(key, "MDL") || text_is(key, "MODEL"))
		d->model = value;
	else if (text_is(key, "SN") || text_is(key, "SERN") || text_is(key, "SERIALNUMBER"))
		d->serial = value;
}

bool device_id(struct dissection *x, enum field field, struct cursor text)
{
	struct device d = {.kind = "printer"};
	struct cursor pair, key;
	while (cursor_left(&text)) {
		if (!text_before(&text, ';', &pair)) {
			pair = text;
			text.at = text.end;
		}
		if (text_before(&pair, ':', &key))
			pair_of(&d, text_trim(key), pair);
	}
	if (!cursor_left(&d.model))
		return false;
	device_yield(x, field, &d);
	return true;
}
