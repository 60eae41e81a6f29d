/* Questions to a repository over the fabric: query, snapshot, changes (docs/fabric.md, 3.3 and 3.4).
 *
 * A snapshot goes out page by page, one each turn, so that what collectors persist does not wait for it. One thread,
 * the role's. */
#ifndef ONLOOKER_DOMAIN_REPOSITORY_ANSWERS_H
#define ONLOOKER_DOMAIN_REPOSITORY_ANSWERS_H

#include "domain/component.h"
#include "domain/repository.h"

struct repository_answers;

struct repository_answers *repository_answers_new(struct repository *r); /* NULL when the heap is out */
void repository_answers_free(struct repository_answers *a);

/* Answers, or begins to; false when the operation is another's. */
bool repository_answers_serve(struct repository_answers *a, struct component *component,
			      const struct component_request *request);
/* Goes on with what was begun; true while there is more to do. */
bool repository_answers_turn(struct repository_answers *a, struct component *component);

#endif
