/* Tables for terminals: columns as wide as they must be, cut with an ellipsis to the terminal's width.
 *
 * Texts come from the wire: control characters, direction marks and what is no character are shown escaped, so
 * that nothing seen on the network can move a cursor or hide a line. One thread.
 */
#ifndef ONLOOKER_CLI_TABLE_H
#define ONLOOKER_CLI_TABLE_H

#include "core/buffer.h"

#include <stdio.h>

#define TABLE_COLUMNS 8

struct table {
	uint32_t columns;
	const char *heads[TABLE_COLUMNS];
	struct buffer cells; /* NUL-terminated, row by row */
	uint32_t n_cells;
};

void table_init(struct table *t, const char *const *heads, uint32_t columns);
void table_fini(struct table *t);
/* Adds the next cell of a row, `columns` of them a row; escapes it. */
void table_cell(struct table *t, const char *text);
/* Prints it `width` cells wide at most; 0: as wide as it is. False when the heap is out or `out` failed. */
bool table_print(const struct table *t, FILE *out, unsigned width);
/* Columns of the terminal `out` goes to; 0 when it is none. */
unsigned table_width(FILE *out);
/* Appends `text` with everything escaped that a terminal would obey. */
void table_escape(struct buffer *out, const char *text);

#endif
