/* What the stack below says of a node's operating system, against what the node says of itself.
 *
 * A claim that is only derived, from how a machine sends, and agrees with a self-report supports it and is not said
 * apart. One that contradicts is kept and said, lowers both, and a conflict is told of. Of two self-reports that
 * contradict one another the one that the stack does not bear out is lowered alone. The registry's thread alone.
 */
#ifndef ONLOOKER_CLASSIFY_STACK_H
#define ONLOOKER_CLASSIFY_STACK_H

#include "classify/knowledge.h"

/* The claim of the node's own word that a derived statement agrees with; NULL when there is none. */
struct claim *stack_upholds(const struct node *n, const struct statement_of *s);

/* The claim that a fact of the stack shows which upheld `c`: a machine that is upgraded says another version of its
 * system, and goes on to send as it did. What it said last. */
struct claim *stack_follows(struct claim *c);

/* A claim about an operating system was made: sets it against the others of its node. */
void stack_settle(struct registry *r, struct claim *c);

#endif
