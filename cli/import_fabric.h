/* An import as a directed request to a fabric's repository (docs/fabric.md, 3.4). One thread. */
#ifndef ONLOOKER_CLI_IMPORT_FABRIC_H
#define ONLOOKER_CLI_IMPORT_FABRIC_H

#include "core/buffer.h"
#include "domain/component.h"
#include "domain/import.h"

/* Sends it and waits for the commit. 0, or a negative code and a sentence. */
int import_fabric(const struct component_options *connection, const struct import *import, const struct buffer *data,
		  struct imported *out, struct error *error);

#endif
