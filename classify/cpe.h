/* Names of platforms: CPE 2.3 formatted strings (NISTIR 7695, 6.2) from what was observed.
 *
 * Input is text from the wire or from signatures, output is always well formed: what cannot stand in a name is
 * dropped, what must be quoted is. Any thread; nothing is kept.
 */
#ifndef ONLOOKER_CLASSIFY_CPE_H
#define ONLOOKER_CLASSIFY_CPE_H

#include <stdbool.h>
#include <stddef.h>

/* In the order of the formatted string, behind "cpe:2.3". */
enum cpe_attribute {
	CPE_PART, /* "a", "o" or "h" */
	CPE_VENDOR,
	CPE_PRODUCT,
	CPE_VERSION,
	CPE_UPDATE,
	CPE_EDITION,
	CPE_LANGUAGE,
	CPE_SW_EDITION,
	CPE_TARGET_SW,
	CPE_TARGET_HW,
	CPE_OTHER,
	CPE_ATTRIBUTES
};

/* Writes the formatted string of `value` (raw observed text, NULL or empty: ANY) to out[size], terminated.
 * A value that is only "-", "*" or "?"s says nothing and becomes ANY: it must not turn into NA or a wildcard.
 * returns  false when it does not fit, or the part is none of a, o, h; out is empty then
 */
bool cpe_format(const char *const value[CPE_ATTRIBUTES], char *out, size_t size);

#endif
