/* Templates: text with {group} for what a group of the pattern took.
 *
 *   {name}          what the group took, without blanks around it
 *   {name|dots}     with '_' and ',' turned into '.';  {name|spaces}: '_', '+' and '-' into blanks;
 *   {name|lower}    in lower case
 *   [ … ]           left out when a group inside is empty;  {{ [[ stand for themselves
 * A template with an empty group outside brackets gives nothing: the member is absent.
 * Any thread; results live in the caller's arena.
 */
#ifndef ONLOOKER_CLASSIFY_SIGNATURE_TEMPLATE_H
#define ONLOOKER_CLASSIFY_SIGNATURE_TEMPLATE_H

#include "classify/match.h"
#include "core/arena.h"

#include <stdbool.h>
#include <stddef.h>

/* One match from which groups are taken. */
struct template_source {
	const struct match_regex *regex;
	const struct match_scratch *scratch; /* right behind a MATCH_YES of regex */
	const char *value;
};

/* The text, or NULL when it is absent or does not fit. `purl`: captured text is percent-encoded. */
const char *template_expand(const char *text, const struct template_source *source, bool purl, struct arena *arena);

/* The CPE a template of colon-parted components ("a:vendor:product:{version}") gives; a missing version
 * component is `version`. NULL when it cannot be formed. */
const char *template_cpe(const char *text, const struct template_source *source, const char *version,
			 struct arena *arena);

/* Whether every {group} is one of the pattern's and every bracket has its partner. */
bool template_good(const char *text, const struct match_regex *regex);

#endif
