/* The collectors that spoke of an endpoint, as their provenances name them: component, host and observation point, each
 * once, in that order. One thread at a time, the repository's. */
#ifndef ONLOOKER_DOMAIN_COLLECTORS_H
#define ONLOOKER_DOMAIN_COLLECTORS_H

#include "core/buffer.h"
#include "domain/repository.h"

/* Appends [{"component":…,"hostName":…,"observationPoint":…},…] without newline. 0, or a code and a sentence. */
int collectors_json(struct buffer *out, struct repository *r, const uint8_t id[16], struct error *error);

/* Appends a line for people for each: "  urn:uuid:… on HOST, pcap:FILE". */
int collectors_text(struct buffer *out, struct repository *r, const uint8_t id[16], struct error *error);

#endif
