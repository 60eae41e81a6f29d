/* Watch lists of a repository: attributes whose change is told, with the value before and the value after (change-based
 * evaluation; docs/fabric.md, 3.5).
 *
 * What an assertion says is set beside what stands, before it is stored; what differs is told when it is committed. A
 * value changes within its slot: the version of a title that serves a port, the maker of an endpoint. A value with
 * nothing in its slot before is new, with no value before it.
 *
 * Kept in the repository's state directory over restarts. Two threads: the repository's asks it and has it tell, that
 * which stores looks.
 */
#ifndef ONLOOKER_DOMAIN_WATCH_LIST_H
#define ONLOOKER_DOMAIN_WATCH_LIST_H

#include "domain/component.h"
#include "domain/repository.h"

struct watch_list;

/* state   directory of its file; NULL: none is kept
 * site    of the topic it tells on unless a watch names another; NULL: default
 * 0 and *out, or ERROR_USAGE / ERROR_FAILED and a sentence. The texts are borrowed. */
int watch_list_open(const char *state, const char *site, struct watch_list **out, struct error *error);
void watch_list_free(struct watch_list *w);

/* Answers watch.start, .cancel and .list; false for any other operation. */
bool watch_list_serve(struct watch_list *w, struct component *c, const struct component_request *request);

/* What looks on while assertions are stored (domain/repository_writer.h), on the writer's thread. */
void watch_list_look(void *watch_list, struct repository *r, const struct stored_assertion *a);
void watch_list_stored(void *watch_list, bool fresh);
void watch_list_settled(void *watch_list, bool kept);

/* Tells what changed and is lasting. */
void watch_list_tell(struct watch_list *w, struct component *c);

#endif
