/* Statements in the making: what the meaning at hand says, one after the other.
 *
 * Shared by interpret*.c, and by nobody else. Text that is given is kept by reference, unless said otherwise. The
 * registry's thread alone.
 */
#ifndef ONLOOKER_CLASSIFY_STATEMENT_H
#define ONLOOKER_CLASSIFY_STATEMENT_H

#include "classify/interpret.h"
#include "classify/signature.h"

#define SHOWN_BYTES 256u

/* How the values of a field become statements: a row for each kind of knowledge. */
struct way {
	void (*read)(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		     struct meaning *m);   /* NULL: nobody keeps it */
	const char *kind;                  /* of a fingerprint */
	enum designation_name designation; /* of a name */
};

/* A statement more, as sure as its field; NULL when there are too many. */
struct statement_of *statement_add(struct interpreter *in, enum field field, enum attribute_name attribute);

/* A member more, unless the text is empty or NULL. */
void statement_member(struct statement_of *s, const char *name, const char *text);

/* The statement is complete: works out its identity. */
void statement_identify(struct statement_of *s);

/* A value as people can read it: one line, no octet 00, at most SHOWN_BYTES. NULL when the heap is out. */
const char *statement_text(struct arena *a, const void *value, size_t len);

/* Statements of one kind each; nothing is said of an empty value. */
void statement_designate(struct interpreter *in, enum field field, enum designation_name name, const char *value);
void statement_fingerprint(struct interpreter *in, enum field field, const char *kind, const char *value);
void statement_banner(struct interpreter *in, enum field field, const char *shown);

/* What was concluded; its text is copied into the meaning's arena. */
void statement_software(struct interpreter *in, enum field field, struct meaning *m, const struct conclusion *c);
void statement_hardware(struct interpreter *in, enum field field, struct meaning *m, const struct conclusion *c);

/* States what signatures make of a value when it is read as that field; true when any explained it. */
bool statement_recognise(struct interpreter *in, enum field field, enum field read_as, struct meaning *m,
			 const void *value, size_t len);

/* True when there is a statement of the kind. */
bool statement_says(const struct interpreter *in, enum attribute_name attribute);

/* interpret_labels.c: values of labels (labels.h), whose names are those of members. */
void interpret_labels(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		      struct meaning *m);
void interpret_location(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
			struct meaning *m);

#endif
