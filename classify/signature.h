/* Signatures: what a field's value says about software, hardware and operating systems.
 *
 * A set is compiled once (at build time for the built-in one, into a cache of the user's own for others) and is
 * constant afterwards: any thread may match in it with a scratch of its own. Hyperscan selects in one pass,
 * PCRE2 takes the groups of the few that match, under match and depth limits, so no value stalls its caller.
 */
#ifndef ONLOOKER_CLASSIFY_SIGNATURE_H
#define ONLOOKER_CLASSIFY_SIGNATURE_H

#include "classify/field.h"
#include "core/arena.h"
#include "core/error.h"

#include <stddef.h>
#include <stdint.h>

enum conclusion_kind { CONCLUDES_SOFTWARE, CONCLUDES_HARDWARE, CONCLUDES_HOST_NAME };

enum software_role { ROLE_OPERATING_SYSTEM, ROLE_SERVER, ROLE_CLIENT, ROLE_LIBRARY, ROLE_FIRMWARE, ROLES };
extern const char *const software_role_name[ROLES]; /* "operatingSystem", "server", … */

/* One thing a value says. Texts are NUL-terminated, live in the arena of the call (or in the set), and are NULL
 * when not known. */
struct conclusion {
	enum conclusion_kind kind;
	enum software_role role;   /* software */
	uint8_t confidence;        /* percent */
	const char *title;         /* softwareTitle, or the hardware's model, or the name */
	const char *creator;       /* softwareCreator, or the hardware's manufacturer */
	const char *version;       /* as the software gave it */
	const char *revision;      /* package revision (2+deb12u3) */
	const char *cpe;           /* CPE 2.3 formatted string, escaped by the book (NISTIR 7695) */
	const char *purl;          /* package URL where the type is evidenced */
	const char *hardware_kind; /* hardware: printer, camera, switch, phone, … */
	const char *signature;     /* "http.server/nginx" */
	enum field source;         /* the field that was read: os.name when it was found inside other text */
};

struct signature_set;
struct signature_scratch;

/* The built-in set. Milliseconds: it was compiled when Onlooker was built. */
int signature_builtin(struct signature_set **out, struct error *error);

/* The built-in set with a user's own in front of it: files and directories of YAML, Recog XML and p0f.fp, in the order
 * given. returns 0, or negative with file, line and reason. */
int signature_load(const char *const *paths, size_t count, struct signature_set **out, struct error *error);
void signature_free(struct signature_set *set);

/* "sha256:…" over the set's sources: goes into the provenance. */
const char *signature_digest(const struct signature_set *set);

struct signature_scratch *signature_scratch_new(const struct signature_set *set);
void signature_scratch_free(struct signature_scratch *scratch);

/* What `value` of `field` says. At most `max` conclusions are written to `out`, best
 * first; what is found when `out` is full is left out.
 * returns  how many; 0 when no signature explains the value. Values longer than 4096 octets are cut.
 */
size_t signature_match(const struct signature_set *set, struct signature_scratch *scratch, enum field field,
		       const void *value, size_t len, struct arena *arena, struct conclusion *out, size_t max);

/* Walks the set for `signatures list`; calls `row` per signature in order. */
struct signature_row {
	const char *name, *field, *pattern, *title, *role, *source;
};
void signature_each(const struct signature_set *set, void (*row)(void *context, const struct signature_row *row),
		    void *context);

#endif
