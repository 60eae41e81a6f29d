/* What the readers of self-reports share: one file a format, or a family of formats. For these files only.
 *
 * A reader gets a report that nobody has looked at: it adds what it finds, or says in a sentence what is wrong.
 */
#ifndef ONLOOKER_DOMAIN_SELF_REPORT_READ_H
#define ONLOOKER_DOMAIN_SELF_REPORT_READ_H

#include "domain/self_report.h"

/* One more; NULL when there are too many or the heap is out. */
struct reported_software *self_report_add(struct self_report *r);
/* A text that stays; NULL when it is empty or longer than any name. */
const char *self_report_keep(struct self_report *r, const char *text, size_t len);

int self_report_dpkg(struct self_report *r, const char *data, size_t len, struct error *error);
int self_report_osquery(struct self_report *r, const char *data, size_t len, struct error *error);
int self_report_cyclonedx(struct self_report *r, const char *data, size_t len, struct error *error);
int self_report_spdx(struct self_report *r, const char *data, size_t len, struct error *error);
int self_report_swid(struct self_report *r, const char *data, size_t len, struct error *error);
int self_report_coswid(struct self_report *r, const char *data, size_t len, struct error *error);

/* What a tag says of its software, in XML or CBOR. */
struct software_tag {
	const char *name, *version, *id;
	const char *creator;        /* who makes it: the entity that says so of itself */
	const char *tag_creator_id; /* regid of who made the tag */
	bool other;                 /* about an installer, a patch, or another tag: no software of its own */
};

/* Adds what a whole tag says. False when it has no name or identifier, or there is no room. */
bool self_report_add_tag(struct self_report *r, const struct software_tag *t);

#endif
