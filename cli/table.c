#include "cli/table.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#define LEAST_WIDTH 8 /* of a column that is cut */
#define GAP         2

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

void table_cell(struct table *t, const char *text)
{
	table_escape(&t->cells, text);
	buffer_char(&t->cells, 0);
	t->n_cells++;
}

/* Places a character takes on a terminal. */
static unsigned places(uint32_t c)
{
	int n = wcwidth((wchar_t)c);
	return n < 0 ? 1 : (unsigned)n;
}

static unsigned text_width(const char *text)
{
	unsigned width = 0;
	for (size_t n; *text; text += n) {
		bool valid;
		width += places(decode(text, &n, &valid));
	}
	return width;
}

static void print_cell(FILE *out, const char *text, unsigned width, bool last)
{
	unsigned whole = text_width(text), used = 0;
	unsigned room = whole > width ? width - 1 : width;
	for (size_t n; *text; text += n) {
		bool valid;
		unsigned w = places(decode(text, &n, &valid));
		if (used + w > room)
			break;
		fwrite(text, 1, n, out);
		used += w;
	}
	if (whole > width) {
		fputs("…", out);
		used++;
	}
	if (!last)
		fprintf(out, "%*s", (int)(width - used + GAP), "");
}

/* Takes from the widest column until all fit. */
static void shrink(unsigned *widths, uint32_t columns, unsigned width)
{
	for (;;) {
		unsigned sum = GAP * (columns - 1);
		uint32_t widest = 0;
		for (uint32_t i = 0; i < columns; i++) {
			sum += widths[i];
			widest = widths[i] > widths[widest] ? i : widest;
		}
		if (sum <= width || widths[widest] <= LEAST_WIDTH)
			return;
		widths[widest]--;
	}
}

static void print_row(const struct table *t, FILE *out, const unsigned *widths, const char **cell)
{
	for (uint32_t i = 0; i < t->columns; i++) {
		print_cell(out, *cell, widths[i], i + 1 == t->columns);
		*cell += strlen(*cell) + 1;
	}
	fputc('\n', out);
}

bool table_print(const struct table *t, FILE *out, unsigned width)
{
	unsigned widths[TABLE_COLUMNS];
	uint32_t rows = t->n_cells / t->columns;
	if (t->cells.failed)
		return false;
	for (uint32_t i = 0; i < t->columns; i++)
		widths[i] = text_width(t->heads[i]);
	const char *cell = t->cells.data;
	for (uint32_t k = 0; k < rows * t->columns; k++, cell += strlen(cell) + 1) {
		unsigned w = text_width(cell);
		if (w > widths[k % t->columns])
			widths[k % t->columns] = w;
	}
	if (width)
		shrink(widths, t->columns, width);
	for (uint32_t i = 0; i < t->columns; i++)
		print_cell(out, t->heads[i], widths[i], i + 1 == t->columns);
	fputc('\n', out);
	cell = t->cells.data;
	for (uint32_t k = 0; k < rows; k++)
		print_row(t, out, widths, &cell);
	return fflush(out) == 0 && !ferror(out);
}

unsigned table_width(FILE *out)
{
	struct winsize size;
	if (!isatty(fileno(out)))
		return 0;
	const char *columns = getenv("COLUMNS");
	unsigned long n = columns ? strtoul(columns, NULL, 10) : 0;
	if (n >= 20 && n <= 10000)
		return (unsigned)n;
	return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col >= 20 ? size.ws_col : 80;
}
