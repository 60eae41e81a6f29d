/* IPFIX messages over libfixbuf: a session with its templates, whose messages are built in memory and handed to a
 * callback whole.
 *
 * Only ipfix/ includes this, for it shows fixbuf's types. One thread at a time owns a session; nothing is shared
 * between sessions. What fixbuf has to say to people is silenced: errors come back as sentences.
 */
#ifndef ONLOOKER_IPFIX_MESSAGE_H
#define ONLOOKER_IPFIX_MESSAGE_H

#include "core/error.h"

#include <fixbuf/public.h>
#include <stdbool.h>
#include <stdint.h>

struct message_options {
	uint32_t domain;             /* observation domain id */
	uint32_t pen;                /* enterprise number of our own elements; 0: they cannot be used */
	uint16_t max;                /* largest message, octets */
	bool types;                  /* RFC 5610 records for the enterprise elements */
	const char *const *elements; /* names of the enterprise elements that are used, NULL-terminated */
	/* Takes a message with that many records of message_add(). */
	void (*take)(void *context, const uint8_t *data, size_t len, uint32_t records);
	void *context;
};

struct message_session;

/* A field of a template. */
struct message_row {
	const char *name; /* NULL ends the rows */
	uint16_t length;  /* octets; 0: varies, the struct has an fbVarfield_t, or it is a list of fixbuf's */
	uint32_t flags;   /* which templates it belongs to: those asked for with all of these bits */
};

/* NULL and a sentence when it cannot be had. */
struct message_session *message_open(const struct message_options *options, struct error *error);
void message_free(struct message_session *m);

/* Makes a template, internal (the layout of a struct) or external, out of the rows whose flags are all in `flags`. In
 * an internal template an element that is not known (no enterprise number) is so many octets that are skipped.
 * 0 or a negative code. Before message_templates(). */
int message_template(struct message_session *m, bool internal, uint16_t id, const struct message_row *rows,
		     uint32_t flags, struct error *error);

/* An external options template (RFC 7011 3.4.2.2) of all rows, the first `scope` of which are its scope. */
int message_options_template(struct message_session *m, uint16_t id, const struct message_row *rows, uint16_t scope,
			     struct error *error);

/* The template of that number, for lists. */
fbTemplate_t *message_list_template(struct message_session *m, uint16_t id);

/* Hands over messages with all external templates, the first time with type records. To be repeated over UDP. */
int message_templates(struct message_session *m, struct error *error);

/* Adds a record in the layout of template `internal` to be written as `external`; hands over messages that are full.
 * 0, or a negative code when the record cannot be written at all. */
int message_add(struct message_session *m, uint16_t internal, uint16_t external, void *record, size_t bytes,
		struct error *error);

/* Hands over what is waiting. */
int message_flush(struct message_session *m, struct error *error);

#endif
