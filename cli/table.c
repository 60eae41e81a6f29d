#include "cli/table.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#define LEAST_WIDTH 8  /* of a column that is cut */
#define FAIR_WIDTH  20 /* of one that can still be read */
#define GAP         2
#define MOST_ITEMS  64     /* of a cell that are looked at */
#define ITEM_MARK   '\x1f' /* between items, and before the number of those left out: nothing escaped has these */
#define MORE_MARK   '\x1e'

void table_init(struct table *t, const char *const *heads, uint32_t columns)
{
	*t = (struct table){.columns = columns < TABLE_COLUMNS ? columns : TABLE_COLUMNS};
	for (uint32_t i = 0; i < t->columns; i++)
		t->heads[i] = heads[i];
}

void table_fini(struct table *t)
{
	buffer_fini(&t->cells);
}

/* The next character of UTF-8 and its length; a byte that is none by itself, with *valid false. */
static uint32_t decode(const char *text, size_t *len, bool *valid)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t n = p[0] < 0x80                   ? 1
		   : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
		   : (p[0] & 0xf0) == 0xe0       ? 3
		   : (p[0] & 0xf8) == 0xf0       ? 4
						 : 0;
	uint32_t c = n == 1 ? p[0] : n == 2 ? p[0] & 0x1f : n == 3 ? p[0] & 0x0f : p[0] & 0x07;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			n = 0;
		else
			c = c << 6 | (p[i] & 0x3f);
	}
	*valid = n > 0 && c <= 0x10ffff && !(c >= 0xd800 && c < 0xe000);
	*len = *valid ? n : 1;
	return *valid ? c : p[0];
}

/* Controls of both sets, line and paragraph separators, direction marks and overrides, the byte order mark. */
static bool obeyed(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || c == 0x061c || c == 0xad;
}

void table_escape(struct buffer *out, const char *text)
{
	for (size_t n; *text; text += n) {
		bool valid;
		uint32_t c = decode(text, &n, &valid);
		if (!valid || (obeyed(c) && c < 0x100))
			buffer_format(out, "\\x%02x", c);
		else if (obeyed(c))
			buffer_format(out, "\\u%04x", c);
		else
			buffer_add(out, text, n);
	}
}

void table_item(struct table *t, const char *text)
{
	if (t->in_cell)
		buffer_char(&t->cells, ITEM_MARK);
	table_escape(&t->cells, text);
	t->in_cell = true;
}

void table_end(struct table *t, uint32_t more)
{
	if (more)
		buffer_format(&t->cells, "%c%u", MORE_MARK, more);
	buffer_char(&t->cells, 0);
	t->in_cell = false;
	t->n_cells++;
}

void table_cell(struct table *t, const char *text)
{
	table_item(t, text);
	table_end(t, 0);
}

/* Places a character takes on a terminal. */
static unsigned places(uint32_t c)
{
	int n = wcwidth((wchar_t)c);
	return n < 0 ? 1 : (unsigned)n;
}

static unsigned text_width(const char *text, size_t len)
{
	unsigned width = 0;
	const char *end = text + len;
	for (size_t n = 1; text < end; text += n) {
		bool valid;
		bool ascii = (signed char)*text >= 0;
		width += ascii ? 1 : places(decode(text, &n, &valid));
		n = ascii ? 1 : n;
	}
	return width;
}

/* A cell taken apart. */
struct items {
	struct {
		const char *text;
		size_t len;
		unsigned width;
	} items[MOST_ITEMS];
	uint32_t count, more;
};

static size_t split(const char *cell, struct items *out)
{
	const char *at = cell;
	out->count = out->more = 0;
	while (*at && *at != MORE_MARK) {
		size_t len = strcspn(at, "\x1e\x1f");
		if (out->count < MOST_ITEMS) {
			out->items[out->count].text = at;
			out->items[out->count].len = len;
			out->items[out->count++].width = text_width(at, len);
		} else
			out->more++;
		at += len + (at[len] == ITEM_MARK);
	}
	if (*at == MORE_MARK)
		out->more += (uint32_t)strtoul(at + 1, NULL, 10);
	return (size_t)(at - cell) + strlen(at) + 1;
}

static unsigned digits(uint32_t n)
{
	return n < 10 ? 1 : 1 + digits(n / 10);
}

/* Places that " +N" takes. */
static unsigned more_width(uint32_t more, bool alone)
{
	return more ? digits(more) + (alone ? 1 : 2) : 0;
}

/* Places that the first k items take with the number of the others. */
static unsigned items_width(const struct items *s, uint32_t k)
{
	unsigned width = k > 1 ? 2 * (k - 1) : 0;
	for (uint32_t i = 0; i < k; i++)
		width += s->items[i].width;
	return width + more_width(s->count - k + s->more, !k);
}

/* Writes what of an item fits, with an ellipsis where it was cut. Returns its places. */
static unsigned print_cut(FILE *out, const char *text, size_t len, unsigned width)
{
	unsigned used = 0;
	const char *end = text + len;
	for (size_t n; text < end; text += n) {
		bool valid;
		unsigned w = places(decode(text, &n, &valid));
		if (used + w + 1 > width)
			break;
		fwrite(text, 1, n, out);
		used += w;
	}
	fputs("…", out);
	return used + 1;
}

/* How many items have room; 0 when not even one has. */
static uint32_t whole_items(const struct items *s, unsigned width)
{
	uint32_t k = s->count;
	while (k && items_width(s, k) > width)
		k--;
	return k;
}

static unsigned print_items(FILE *out, const struct items *s, unsigned width)
{
	uint32_t k = whole_items(s, width), more = s->count - k + s->more;
	unsigned used = items_width(s, k);
	for (uint32_t i = 0; i < k; i++) {
		fputs(i ? ", " : "", out);
		fwrite(s->items[i].text, 1, s->items[i].len, out);
	}
	if (!k && s->count) {
		unsigned rest = more_width(--more, false);
		rest = width >= LEAST_WIDTH + rest ? rest : 0;
		used = print_cut(out, s->items[0].text, s->items[0].len, width - rest) + rest;
		more = rest ? more : 0;
	}
	if (more)
		fprintf(out, "%s+%u", k || s->count ? " " : "", more);
	return used;
}

static bool left_out(const struct table *t, uint32_t column)
{
	return t->empty[column] || t->no_room[column];
}

/* Places that the columns take which are not left out, none more than `most`. */
static unsigned row_width(const struct table *t, const unsigned *widths, unsigned most)
{
	unsigned sum = 0;
	for (uint32_t i = 0; i < t->columns; i++)
		if (!left_out(t, i))
			sum += (sum ? GAP : 0) + (widths[i] < most ? widths[i] : most);
	return sum;
}

/* Takes from the widest column until all fit. */
static void shrink(const struct table *t, unsigned *widths, unsigned width)
{
	while (row_width(t, widths, UINT_MAX) > width) {
		unsigned *widest = NULL;
		for (uint32_t i = 0; i < t->columns; i++)
			if (!left_out(t, i) && (!widest || widths[i] > *widest))
				widest = &widths[i];
		if (*widest <= LEAST_WIDTH)
			return;
		--*widest;
	}
}

static void print_row(const struct table *t, FILE *out, const unsigned *widths, const char *cell)
{
	struct items items;
	unsigned behind = 0;
	for (uint32_t i = 0; i < t->columns; i++) {
		cell += split(cell, &items);
		if (left_out(t, i))
			continue;
		if (items.count || items.more) {
			fprintf(out, "%*s", (int)behind, "");
			behind = 0;
		}
		behind += widths[i] - print_items(out, &items, widths[i]) + GAP;
	}
	fputc('\n', out);
}

/* Places that each column uses when it may have that many. */
static void measure(const struct table *t, const unsigned *limits, unsigned *used)
{
	struct items items;
	const char *cell = t->cells.data;
	for (uint32_t i = 0; i < t->columns; i++) {
		unsigned head = text_width(t->heads[i], strlen(t->heads[i]));
		used[i] = head < limits[i] ? head : limits[i];
	}
	for (uint32_t k = 0; k < t->n_cells; k++) {
		unsigned limit = limits[k % t->columns], *most = &used[k % t->columns];
		cell += split(cell, &items);
		uint32_t whole = whole_items(&items, limit);
		unsigned w = !whole && items.count ? limit : items_width(&items, whole);
		*most = w > *most ? w : *most;
	}
}

/* Makes the columns fit: whole items leave some places empty, which go to the columns that could show more, the last
 * first. */
static void fit(const struct table *t, const unsigned *natural, unsigned *widths, unsigned width)
{
	unsigned limits[TABLE_COLUMNS];
	memcpy(limits, natural, sizeof limits);
	shrink(t, limits, width);
	measure(t, limits, widths);
	for (uint32_t c = t->columns; c-- > 0;) {
		unsigned sum = row_width(t, widths, UINT_MAX);
		if (left_out(t, c) || sum >= width || widths[c] == natural[c])
			continue;
		memcpy(limits, widths, sizeof limits);
		limits[c] = widths[c] + (width - sum) < natural[c] ? widths[c] + (width - sum) : natural[c];
		measure(t, limits, widths);
	}
}

static void leave_out_empty(struct table *t)
{
	const char *cell = t->cells.data;
	for (uint32_t i = 0; i < t->columns; i++)
		t->empty[i] = t->stay[i] >= TABLE_FILLED;
	for (uint32_t k = 0; k < t->n_cells; k++) {
		t->empty[k % t->columns] &= !*cell;
		cell += strlen(cell) + 1;
	}
}

/* Leaves out what may go until the rest can be read. */
static void leave_out_for_room(struct table *t, const unsigned *natural, unsigned width)
{
	while (row_width(t, natural, FAIR_WIDTH) > width) {
		uint32_t least = t->columns;
		for (uint32_t i = 0; i < t->columns; i++)
			if (!left_out(t, i) && t->stay[i] >= TABLE_ROOM &&
			    (least == t->columns || t->stay[i] > t->stay[least]))
				least = i;
		if (least == t->columns)
			return;
		t->no_room[least] = true;
	}
}

static void print_heads(const struct table *t, const unsigned *widths, FILE *out)
{
	unsigned behind = 0;
	for (uint32_t i = 0; i < t->columns; i++) {
		if (left_out(t, i))
			continue;
		unsigned head = text_width(t->heads[i], strlen(t->heads[i]));
		head = head < widths[i] ? head : widths[i];
		fprintf(out, "%*s%.*s", (int)behind, "", (int)head, t->heads[i]);
		behind = widths[i] - head + GAP;
	}
	fputc('\n', out);
}

bool table_print(struct table *t, const size_t *order, FILE *out, unsigned width)
{
	unsigned natural[TABLE_COLUMNS], widths[TABLE_COLUMNS];
	if (t->cells.failed || !t->columns)
		return false;
	memset(natural, 0xff, sizeof natural);
	measure(t, natural, widths);
	memcpy(natural, widths, sizeof natural);
	memset(t->no_room, 0, sizeof t->no_room);
	leave_out_empty(t);
	if (width) {
		leave_out_for_room(t, natural, width);
		fit(t, natural, widths, width);
	}
	print_heads(t, widths, out);
	const char *cell = t->cells.data;
	for (uint32_t row = 0; row < t->n_cells / t->columns; row++) {
		print_row(t, out, widths, order ? t->cells.data + order[row] : cell);
		for (uint32_t i = 0; i < t->columns; i++)
			cell += strlen(cell) + 1;
	}
	return fflush(out) == 0 && !ferror(out);
}

unsigned table_width(FILE *out)
{
	struct winsize size;
	const char *columns = getenv("COLUMNS"); /* shells do not export it: who has it there wants it */
	unsigned long n = columns ? strtoul(columns, NULL, 10) : 0;
	if (n >= 20 && n <= 10000)
		return (unsigned)n;
	if (!isatty(fileno(out)))
		return 0;
	return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col >= 20 ? size.ws_col : 80;
}
