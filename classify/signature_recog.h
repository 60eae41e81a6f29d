/* Reads a file of Recog's XML into a model builder, and says file, line and reason when it is wrong.
 *
 * Every fingerprint becomes an entry of the field that Recog calls by the file's `matches`; a file about text that no
 * dissector yields is read, checked and left out. Parameters become conclusions: service.* of what listens (or, in a
 * client's field, speaks), service.component.* of a library, os.* and hw.* of the machine, host.name of its name;
 * others are left out. `{other.parameter}` inside a value is resolved when the file is read. Examples become examples
 * of `onlooker signatures test`.
 *
 * Control path; keeps nothing of the text it is given.
 */
#ifndef ONLOOKER_CLASSIFY_SIGNATURE_RECOG_H
#define ONLOOKER_CLASSIFY_SIGNATURE_RECOG_H

#include "classify/signature_model.h"

/* `file` is the name to call the text by. returns 0, or ERROR_USAGE with "FILE:LINE: reason". */
int signature_recog_read(struct model_builder *b, const char *file, const void *text, size_t len, struct error *error);

#endif
