/* What `onlooker doctor` finds out about a machine: a list of checks, each with the command that mends it.
 *
 * Looks only, changes nothing. What cannot be asked here (another kernel, a driver that does not answer) is told
 * as such and is no fault. Control thread; everything is the caller's.
 */
#ifndef ONLOOKER_CLI_DOCTOR_H
#define ONLOOKER_CLI_DOCTOR_H

#include <stdint.h>

enum doctor_grade {
	DOCTOR_GOOD,
	DOCTOR_HINT, /* loses nothing, but could be better */
	DOCTOR_FAULT /* would lose packets */
};

struct doctor_line {
	const char *check;
	char interface[20]; /* empty: of the machine */
	enum doctor_grade grade;
	char text[200], mend[200]; /* mend is empty when there is nothing to */
};

#define DOCTOR_LINES 256

struct doctor {
	struct doctor_line lines[DOCTOR_LINES];
	uint32_t n;
	char interface[20]; /* what is being looked at, for the lines to come */
};

/* Adds a line and returns it; what no longer fits overwrites the last. */
struct doctor_line *doctor_add(struct doctor *d, const char *check, enum doctor_grade grade, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The command that mends it. */
void doctor_mend(struct doctor_line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The first line of a file without its newline, "" when it cannot be read. Returns out. */
const char *doctor_read(char *out, uint32_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

void doctor_machine(struct doctor *d);
void doctor_interface(struct doctor *d, const char *name);

#endif
