/* One sentence for people: what went wrong, where, and how to mend it.
 *
 * Control path only. A function that can fail because of what people gave it takes a `struct error *`
 * (may be NULL), fills it and returns a negative code. The data path never uses this.
 */
#ifndef ONLOOKER_CORE_ERROR_H
#define ONLOOKER_CORE_ERROR_H

/* Negative results of the control path; they become exit statuses in cli/ (contract, «Exit status»). */
enum {
	ERROR_FAILED = -1, /* failed while running: exit status 1 */
	ERROR_USAGE = -2,  /* what was given is wrong; nothing was started: exit status 2 */
	ERROR_DAMAGED = -3 /* input damaged or cut, something lost: exit status 3 */
};

struct error {
	char text[512]; /* one line, no newline, empty when nothing is wrong */
};

/* Writes the sentence and returns `code`, so that `return error_set(e, ERROR_USAGE, "…")` reads well. */
int error_set(struct error *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
