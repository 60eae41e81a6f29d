/* Tables for terminals: columns as wide as they must be, narrowed to the terminal's width.
 *
 * A cell is a list of items. Where not all have room it shows those that have and "+N" for the others; an item that
 * has none by itself is cut with an ellipsis. Columns that may go are left out where they are empty, or where what
 * stays would be cut too short to be read.
 *
 * Texts come from the wire: control characters, direction marks and what is no character are shown escaped, so
 * that nothing seen on the network can move a cursor or hide a line. One thread.
 */
#ifndef ONLOOKER_CLI_TABLE_H
#define ONLOOKER_CLI_TABLE_H

#include "core/buffer.h"

#include <stdio.h>

#define TABLE_COLUMNS 8

/* Whether a column stays. Of those that go for room the greatest goes first. */
enum table_stay { TABLE_ALWAYS, TABLE_FILLED, TABLE_ROOM };

struct table {
	uint32_t columns;
	const char *heads[TABLE_COLUMNS];
	uint8_t stay[TABLE_COLUMNS];                       /* enum table_stay, or more than TABLE_ROOM */
	bool empty[TABLE_COLUMNS], no_room[TABLE_COLUMNS]; /* left out by table_print(), and why */
	struct buffer cells;                               /* NUL-terminated, row by row */
	uint32_t n_cells;
	bool in_cell; /* an item of the cell that is being made is there */
};

void table_init(struct table *t, const char *const *heads, uint32_t columns);
void table_fini(struct table *t);
/* Adds an item to the cell that is being made; escapes it. */
void table_item(struct table *t, const char *text);
/* Ends the cell, `columns` of them a row; `more` items were left out of it. */
void table_end(struct table *t, uint32_t more);
/* A cell of one item. */
void table_cell(struct table *t, const char *text);
/* Prints it `width` cells wide at most; 0: as wide as it is. `order` gives where in `cells` each row begins, in the
 * order to print them; NULL: as they were added. False when the heap is out or `out` failed. */
bool table_print(struct table *t, const size_t *order, FILE *out, unsigned width);
/* Columns of the terminal `out` goes to, or those that COLUMNS asks for; 0: neither. */
unsigned table_width(FILE *out);
/* Appends `text` with everything escaped that a terminal would obey. */
void table_escape(struct buffer *out, const char *text);

#endif
