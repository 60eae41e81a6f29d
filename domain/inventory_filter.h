/* What a question asks for, and whether a text that is known of an endpoint answers it.
 *
 * The engines of a repository narrow their walks by it as far as their indexes go, and may give more than is asked; the
 * inventory then decides claim by claim with the same functions. Any thread; nothing is kept.
 */
#ifndef ONLOOKER_DOMAIN_INVENTORY_FILTER_H
#define ONLOOKER_DOMAIN_INVENTORY_FILTER_H

#include "core/address.h"

#include <stdbool.h>
#include <stdint.h>

/* Which endpoints are wanted; members that are zero ask nothing. */
struct inventory_filter {
	const char *software; /* words of a title, or all of it with * and ? for text; ignoring case */
	const char *creator;  /* the same of who makes it */
	const char *version;  /* of that software, or of any (domain/version_compare.h) */
	const char *role;     /* of that software: server, client, … */
	const char *service;  /* of a service: its name (* and ? stand for text), its port, or "tcp/443", "443/tcp" */
	const char *device;   /* words of a maker, a model or a kind of device, or * and ? for text; ignoring case */
	bool has_address;
	struct prefix address;
	bool has_mac;
	uint8_t mac[6];
	const char *name;       /* host or domain name, or its first label; ignoring case; * and ? stand for text */
	const char *identifier; /* a prefix of the identifier, or of an alias */
	uint64_t at_ns;         /* only what held then (domain/holding.h) */
	uint64_t holder_ns;     /* who lost the address before this has it no longer; the inventory finds it out */
	bool latest;       /* without at_ns: of each software only the version that was seen last, however long ago */
	uint64_t fresh_ns; /* only what was seen at this time or later */
	const char *provider; /* only what this component (urn:uuid:…) has spoken of */
	bool hide_users;      /* no user names in what is told of an endpoint */
	bool has_after;
	uint8_t after[16]; /* endpoints behind this identifier: the next page */
};

bool filter_takes_title(const struct inventory_filter *f, const char *title);
bool filter_takes_creator(const struct inventory_filter *f, const char *creator);
bool filter_takes_version(const struct inventory_filter *f, const char *version);
bool filter_takes_role(const struct inventory_filter *f, const char *role);
bool filter_takes_service(const struct inventory_filter *f, const char *transport, const char *port, const char *name);
bool filter_takes_device(const struct inventory_filter *f, const char *text);
bool filter_takes_name(const struct inventory_filter *f, const char *name);
bool filter_takes_address(const struct inventory_filter *f, const char *address);

/* True for what an identifier or its start is made of, in letters of either case (RFC 9562, 4). */
bool filter_is_identifier(const char *text);

/* Asks for an endpoint as people name one: by an address, a MAC address, a name, or the start of an identifier (8
 * characters at least). `text` must stay. False when it is empty. */
bool filter_name_endpoint(struct inventory_filter *f, const char *text);

/* It asks for software, by any of its characteristics. */
bool filter_asks_software(const struct inventory_filter *f);

/* An endpoint that was seen in this interval can have what is asked for. */
bool filter_takes_interval(const struct inventory_filter *f, uint64_t first_ns, uint64_t last_ns);

#endif
