/* Bringing into a repository what was learnt elsewhere: assertions as JSON Lines, and what endpoints report of
 * themselves, as assertions known by `self`. One thread, the repository's. */
#ifndef ONLOOKER_DOMAIN_IMPORT_H
#define ONLOOKER_DOMAIN_IMPORT_H

#include "domain/repository.h"

struct import {
	const char *format;   /* "assertions", or one of domain/self_report.h */
	const char *source;   /* file name, for the provenance and sentences */
	const char *endpoint; /* who reports: an address, a MAC address, a name or the start of an identifier */
	uint64_t time_ns;     /* when it was so */
};

struct imported {
	uint64_t stored, duplicates, refused;
	struct error first; /* why the first was refused */
};

/* What can be told before there is a repository: a report that cannot be read, or is of nobody, is an error. True in
 * *any when there is something to store; else *out has how many lines are refused, and why the first. */
int import_look(const struct import *import, const char *data, size_t len, bool *any, struct imported *out,
		struct error *error);

/* Stores all of it and commits. 0, or a code and a sentence; what was stored before that may stay, and is a duplicate
 * when it comes again. */
int import_data(struct repository *r, const struct import *import, const char *data, size_t len, struct imported *out,
		struct error *error);

#endif
