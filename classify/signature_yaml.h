/* Reads signature files (docs/signatures.md) into a model builder, and says file, line and reason when one is wrong.
 *
 * Control path; keeps nothing of the text it is given.
 */
#ifndef ONLOOKER_CLASSIFY_SIGNATURE_YAML_H
#define ONLOOKER_CLASSIFY_SIGNATURE_YAML_H

#include "classify/signature_model.h"

/* `file` is the name to call the text by. returns 0, or ERROR_USAGE with "FILE:LINE: reason". */
int signature_yaml_read(struct model_builder *b, const char *file, const void *text, size_t len, struct error *error);

#endif
