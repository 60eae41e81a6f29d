#include "export/json.h"

#include "core/hash.h"
#include "core/time.h"

#include <string.h>

#define COMMUNITY_CACHE 256 /* a power of two */
#define SECONDS_CACHE   8   /* a power of two */
#define KNOWN_SETS      32  /* of enum known */
#define KNOWN_BYTES     64  /* all of them: ["self",…,"derived"] */

/* What is costly to format and comes again: the second of a time, the time before, the digest of a tuple, a set of how
 * something is known. */
static _Thread_local struct {
	struct {
		uint64_t second; /* plus one: zero is an empty place */
		char text[TIME_TEXT_BYTES];
	} seconds[SECONDS_CACHE];
	struct {
		uint64_t time_ns;
		char text[TIME_TEXT_BYTES + 1];
	} last;
	struct {
		struct flow_tuple tuple;
		char text[32];
	} communities[COMMUNITY_CACHE];
	struct {
		uint8_t len;
		char text[KNOWN_BYTES];
	} known[KNOWN_SETS];
} cache;

/* The end of the buffer with room for so much behind it; NULL when the heap is out. */
static inline char *room(struct buffer *b, size_t bytes)
{
	return b->size - b->len >= bytes || buffer_reserve(b, bytes) ? b->data + b->len : NULL;
}

typedef uint8_t octets __attribute__((vector_size(16)));
typedef int8_t signed_octets __attribute__((vector_size(16)));
typedef uint64_t words __attribute__((vector_size(16)));

/* Not zero where an octet needs escaping: is not in 20 … 7e, or a quote, or a backslash. */
static inline octets special(octets o)
{
	return (octets)((signed_octets)o < 0x20) | (octets)(o == 0x7f) | (octets)(o == '"') | (octets)(o == '\\');
}

static inline octets copy16(char *to, const char *from)
{
	octets o;
	memcpy(&o, from, sizeof o);
	memcpy(to, &o, sizeof o);
	return o;
}

static inline uint64_t copy8(char *to, const char *from)
{
	uint64_t w;
	memcpy(&w, from, 8);
	memcpy(to, &w, 8);
	return w;
}

static inline uint64_t copy4(char *to, const char *from)
{
	uint32_t w;
	memcpy(&w, from, 4);
	memcpy(to, &w, 4);
	return w;
}

/* At most seven octets, and spaces. */
static inline uint64_t copy_few(char *to, const char *from, size_t len)
{
	uint64_t w = 0x2020202020202020ull;
	if (len >= 4)
		return copy4(to, from) | copy4(to + len - 4, from + len - 4) << 32;
	for (size_t i = 0; i < len; i++) {
		to[i] = from[i];
		w = w << 8 | (uint8_t)from[i];
	}
	return w;
}

/* Copies `len` octets and says which of them need escaping. The last word overlaps the one before, so that there is no
 * loop over octets. */
static inline octets copy_looking(char *to, const char *from, size_t len)
{
	if (len < 8)
		return special((octets)(words){copy_few(to, from, len), 0x2020202020202020ull});
	if (len < 16)
		return special((octets)(words){copy8(to, from), copy8(to + len - 8, from + len - 8)});
	octets found = special(copy16(to + len - 16, from + len - 16));
	for (size_t i = 0; i + 16 < len; i += 16)
		found |= special(copy16(to + i, from + i));
	return found;
}

/* Copies `len` octets; false when there is something among them that needs escaping. */
static inline bool copy_plain(char *to, const char *from, size_t len)
{
	words found = (words)copy_looking(to, from, len);
	return !(found[0] | found[1]);
}

/* Text in quotes. */
static inline void text_bytes(struct buffer *b, const char *text, size_t len)
{
	char *to = room(b, len + 2);
	if (to && copy_plain(to + 1, text, len)) {
		to[0] = to[len + 1] = '"';
		b->len += len + 2;
		return;
	}
	buffer_char(b, '"');
	buffer_json(b, text, len);
	buffer_char(b, '"');
}

void json_text(struct buffer *b, const char *text)
{
	text_bytes(b, text, strlen(text));
}

static void number(struct buffer *b, int64_t value)
{
	if (value < 0)
		buffer_char(b, '-');
	buffer_u64(b, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

static __attribute__((noinline)) void format_time(uint64_t time_ns, char out[TIME_TEXT_BYTES + 1])
{
	uint64_t second = time_ns / NS_PER_SECOND;
	__typeof__(&cache.seconds[0]) s = &cache.seconds[second % SECONDS_CACHE];
	if (s->second != second + 1) {
		time_text(time_ns, s->text);
		s->second = second + 1;
	}
	out[0] = '"';
	memcpy(out + 1, s->text, TIME_TEXT_BYTES - 1);
	uint32_t us = (uint32_t)(time_ns - second * NS_PER_SECOND) / 1000;
	memcpy(out + 21, buffer_pairs + 2 * (us / 10000), 2);
	memcpy(out + 23, buffer_pairs + 2 * (us / 100 % 100), 2);
	memcpy(out + 25, buffer_pairs + 2 * (us % 100), 2);
	out[TIME_TEXT_BYTES] = '"';
}

/* What one packet shows has its time in many places. */
void json_time(struct buffer *b, uint64_t time_ns)
{
	if (cache.last.time_ns != time_ns || !cache.last.text[0]) {
		format_time(time_ns, cache.last.text);
		cache.last.time_ns = time_ns;
	}
	buffer_add(b, cache.last.text, sizeof cache.last.text);
}

static inline octets hex_digits(octets nibbles)
{
	return nibbles + '0' + ((octets)(nibbles > 9) & ('a' - '0' - 10));
}

void json_uuid(struct buffer *b, const uint8_t id[16])
{
	octets in, first, last;
	memcpy(&in, id, 16);
	octets high = in >> 4, low = in & 15;
	first = hex_digits(__builtin_shufflevector(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
	last = hex_digits(
		__builtin_shufflevector(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
	char digits[32], out[38];
	memcpy(digits, &first, 16);
	memcpy(digits + 16, &last, 16);
	out[0] = out[37] = '"';
	memcpy(out + 1, digits, 8);
	memcpy(out + 10, digits + 8, 4);
	memcpy(out + 15, digits + 12, 4);
	memcpy(out + 20, digits + 16, 4);
	memcpy(out + 25, digits + 20, 12);
	out[9] = out[14] = out[19] = out[24] = '-';
	buffer_add(b, out, sizeof out);
}

static void list_known(unsigned known, struct buffer *b)
{
	char separator = '[';
	for (unsigned bit = KNOWN_SELF; bit <= KNOWN_DERIVED; bit <<= 1)
		if (known & bit) {
			buffer_char(b, separator);
			json_text(b, assertion_known_name(bit));
			separator = ',';
		}
	if (separator == '[')
		buffer_char(b, '[');
	buffer_char(b, ']');
}

/* Writes the set and keeps its text. */
static __attribute__((noinline)) void make_known(struct buffer *b, unsigned known)
{
	__typeof__(&cache.known[0]) k = &cache.known[known];
	size_t before = b->len;
	list_known(known, b);
	size_t len = b->len - before;
	if (b->failed || len > sizeof k->text)
		return;
	memcpy(k->text, b->data + before, len);
	k->len = (uint8_t)len;
}

void json_known(struct buffer *b, unsigned known)
{
	__typeof__(&cache.known[0]) k = &cache.known[known % KNOWN_SETS];
	char *to = room(b, sizeof k->text);
	if (!k->len || !to) {
		make_known(b, known % KNOWN_SETS);
		return;
	}
	memcpy(to, k->text, sizeof k->text); /* of a length that the compiler knows */
	b->len += k->len;
}

static bool tuple_equal(const struct flow_tuple *a, const struct flow_tuple *b)
{
	return address_equal(&a->src, &b->src) && address_equal(&a->dst, &b->dst) && a->sport == b->sport &&
	       a->dport == b->dport && a->protocol == b->protocol && a->version == b->version;
}

static const char *community(const struct flow_tuple *t)
{
	uint64_t h = hash_combine(t->src.words[0] ^ t->src.words[1], t->dst.words[0] ^ t->dst.words[1]);
	h = hash_combine(h, (uint64_t)t->sport << 32 | (uint64_t)t->dport << 8 | t->protocol);
	__typeof__(&cache.communities[0]) c = &cache.communities[h % COMMUNITY_CACHE];
	if (!tuple_equal(&c->tuple, t)) {
		c->tuple = *t;
		community_id(t, c->text);
	}
	return c->text;
}

/* The separator before a member: an opening brace before the first, a comma before the others. */
struct object {
	char separator;
};

/* `piece` is the name in quotes between a comma and a colon; the separator takes the comma's place. */
static inline __attribute__((always_inline)) void key(struct buffer *b, struct object *o, const char *piece, size_t len)
{
	char *to = room(b, len);
	if (!to)
		return;
	memcpy(to, piece, len);
	*to = o->separator;
	o->separator = ',';
	b->len += len;
}

#define PIECE(name)     ",\"" name "\":", sizeof(",\"" name "\":") - 1
#define KEY(b, o, name) key((b), (o), PIECE(name))

/* The same for a name that is found out at run time. */
static inline void named(struct buffer *b, struct object *o, const char *name)
{
	size_t len = strlen(name);
	char *to = room(b, len + 4);
	if (!to)
		return;
	*to++ = o->separator;
	*to++ = '"';
	memcpy(to, name, len);
	memcpy(to + len, "\":", 2);
	o->separator = ',';
	b->len += len + 4;
}

static inline void end(struct buffer *b, struct object *o)
{
	if (o->separator == '{')
		buffer_char(b, '{');
	buffer_char(b, '}');
}

static inline __attribute__((always_inline)) void optional(struct buffer *b, struct object *o, const char *piece,
							   size_t len, const char *text)
{
	if (!text)
		return;
	key(b, o, piece, len);
	json_text(b, text);
}

#define OPTIONAL_TEXT(b, o, name, text) optional((b), (o), PIECE(name), (text))

static void texts(struct buffer *b, const char *const *list)
{
	buffer_char(b, '[');
	for (size_t i = 0; list[i]; i++) {
		if (i)
			buffer_char(b, ',');
		json_text(b, list[i]);
	}
	buffer_char(b, ']');
}

static void one_evidence(struct buffer *b, const struct evidence *e)
{
	struct object o = {'{'};
	OPTIONAL_TEXT(b, &o, "field", e->field);
	OPTIONAL_TEXT(b, &o, "value", e->value);
	if (e->tuple.version) {
		KEY(b, &o, "communityId");
		json_text(b, community(&e->tuple));
	}
	if (e->time_ns) {
		KEY(b, &o, "time");
		json_time(b, e->time_ns);
	}
	OPTIONAL_TEXT(b, &o, "source", e->source);
	if (e->packet) {
		KEY(b, &o, "packet");
		buffer_u64(b, e->packet);
	}
	end(b, &o);
}

void json_evidence(struct buffer *b, const struct evidence *evidence, uint32_t count)
{
	buffer_char(b, '[');
	for (uint32_t i = 0; i < count; i++) {
		if (i)
			buffer_char(b, ',');
		one_evidence(b, &evidence[i]);
	}
	buffer_char(b, ']');
}

static void member_value(struct buffer *b, const struct member *m)
{
	if (m->list)
		texts(b, m->list);
	else if (m->text)
		json_text(b, m->text);
	else
		number(b, m->number);
}

void json_value(struct buffer *b, const struct attribute *a)
{
	if (a->kept_value) {
		buffer_text(b, a->kept_value);
		return;
	}
	if (a->n_members == 1 && (!a->members->name || !*a->members->name)) {
		member_value(b, a->members);
		return;
	}
	struct object o = {'{'};
	for (uint32_t i = 0; i < a->n_members; i++) {
		named(b, &o, a->members[i].name);
		member_value(b, &a->members[i]);
	}
	end(b, &o);
}

bool json_has_evidence(const struct attribute *a)
{
	return a->kept_evidence || a->n_evidence;
}

void json_attribute_evidence(struct buffer *b, const struct attribute *a)
{
	if (a->kept_evidence)
		buffer_text(b, a->kept_evidence);
	else
		json_evidence(b, a->evidence, a->n_evidence);
}

static void attribute(struct buffer *b, const struct attribute *a)
{
	BUFFER_LITERAL(b, "{\"name\":");
	json_text(b, assertion_attribute_name(a));
	BUFFER_LITERAL(b, ",\"value\":");
	json_value(b, a);
	BUFFER_LITERAL(b, ",\"howKnown\":");
	json_known(b, a->known);
	BUFFER_LITERAL(b, ",\"confidence\":");
	buffer_u64(b, a->confidence);
	struct object o = {','};
	OPTIONAL_TEXT(b, &o, "method", a->method);
	OPTIONAL_TEXT(b, &o, "signature", a->signature);
	if (json_has_evidence(a)) {
		KEY(b, &o, "evidence");
		json_attribute_evidence(b, a);
	}
	buffer_char(b, '}');
}

static void designation(struct buffer *b, const struct designation *d)
{
	BUFFER_LITERAL(b, "{\"name\":");
	json_text(b, assertion_designation_name(d->name));
	BUFFER_LITERAL(b, ",\"value\":");
	json_text(b, d->value);
	BUFFER_LITERAL(b, ",\"howKnown\":");
	json_known(b, d->known);
	BUFFER_LITERAL(b, ",\"confidence\":");
	buffer_u64(b, d->confidence);
	buffer_char(b, '}');
}

static void endpoint(struct buffer *b, const struct assertion *a)
{
	struct object o = {'{'};
	BUFFER_LITERAL(b, ",\"endpoint\":");
	if (a->has_endpoint) {
		KEY(b, &o, "endpointIdentifier");
		json_uuid(b, a->endpoint);
	}
	KEY(b, &o, "uniquelyIdentified"); /* false of an address that is only spoken of */
	buffer_text(b, a->has_endpoint && a->unique ? "true" : "false");
	KEY(b, &o, "designation");
	buffer_char(b, '[');
	for (uint32_t i = 0; i < a->n_designations; i++) {
		if (i)
			buffer_char(b, ',');
		designation(b, &a->designations[i]);
	}
	BUFFER_LITERAL(b, "]}");
}

static bool same_endpoint(const struct assertion *a, const struct assertion *b)
{
	return a->designations == b->designations && a->n_designations == b->n_designations &&
	       a->has_endpoint == b->has_endpoint && a->unique == b->unique && !memcmp(a->endpoint, b->endpoint, 16);
}

/* The endpoint; the octets of the line before where it is the same. */
static void endpoint_after(struct buffer *b, const struct assertion *a, struct json_endpoint *before)
{
	if (before->of && same_endpoint(before->of, a)) {
		if (room(b, before->len))
			buffer_add(b, b->data + before->at, before->len);
		return;
	}
	before->of = a;
	before->at = b->len;
	endpoint(b, a);
	before->len = b->len - before->at;
}

static void basis(struct buffer *b, const struct assertion *a)
{
	if (!a->n_basis)
		return;
	BUFFER_LITERAL(b, ",\"basis\":[");
	for (uint32_t i = 0; i < a->n_basis; i++) {
		if (i)
			buffer_char(b, ',');
		json_uuid(b, a->basis[i]);
	}
	buffer_char(b, ']');
}

static void interval(struct buffer *b, const struct assertion *a)
{
	BUFFER_LITERAL(b, ",\"interval\":{\"start\":");
	json_time(b, a->start_ns);
	BUFFER_LITERAL(b, ",\"end\":");
	json_time(b, a->end_ns);
	if (a->open)
		BUFFER_LITERAL(b, ",\"open\":true}");
	else
		BUFFER_LITERAL(b, ",\"open\":false}");
}

void json_assertion_after(struct buffer *b, const struct provenance *p, const struct assertion *a,
			  struct json_endpoint *before)
{
	BUFFER_LITERAL(b, "{\"assertionId\":");
	json_uuid(b, a->id);
	BUFFER_LITERAL(b, ",\"provenanceId\":");
	buffer_u64(b, p->id);
	BUFFER_LITERAL(b, ",\"statementType\":");
	json_text(b, assertion_statement_name(a->statement));
	endpoint_after(b, a, before);
	BUFFER_LITERAL(b, ",\"attributes\":[");
	for (uint32_t i = 0; i < a->n_attributes; i++) {
		if (i)
			buffer_char(b, ',');
		attribute(b, &a->attributes[i]);
	}
	buffer_char(b, ']');
	basis(b, a);
	interval(b, a);
	BUFFER_LITERAL(b, ",\"collectionTimestamp\":");
	json_time(b, a->collected_ns);
	BUFFER_LITERAL(b, "}\n");
}

void json_assertion(struct buffer *b, const struct provenance *p, const struct assertion *a)
{
	json_assertion_after(b, p, a, &(struct json_endpoint){.of = NULL});
}

static void sensor(struct buffer *b, const struct provenance *p)
{
	struct object o = {'{'};
	OPTIONAL_TEXT(b, &o, "hostName", p->host_name);
	if (p->ipv4 && p->ipv4[0]) {
		KEY(b, &o, "ipv4Address");
		texts(b, p->ipv4);
	}
	if (p->ipv6 && p->ipv6[0]) {
		KEY(b, &o, "ipv6Address");
		texts(b, p->ipv6);
	}
	end(b, &o);
}

/* "userName=drop" as a member. */
static void privacy(struct buffer *b, const char *const *rules)
{
	struct object o = {'{'};
	for (; *rules; rules++) {
		const char *equal = strchr(*rules, '=');
		size_t n = equal ? (size_t)(equal - *rules) : strlen(*rules);
		buffer_char(b, o.separator);
		o.separator = ',';
		text_bytes(b, *rules, n);
		buffer_char(b, ':');
		json_text(b, equal ? equal + 1 : "");
	}
	end(b, &o);
}

void json_provenance_object(struct buffer *b, const struct provenance *p)
{
	BUFFER_LITERAL(b, "{\"provenanceId\":");
	buffer_u64(b, p->id);
	char id[37];
	uuid_text(p->component, id);
	BUFFER_LITERAL(b, ",\"component\":\"urn:uuid:");
	buffer_text(b, id);
	buffer_char(b, '"');
	struct object o = {','};
	OPTIONAL_TEXT(b, &o, "software", p->software);
	KEY(b, &o, "sensor");
	sensor(b, p);
	OPTIONAL_TEXT(b, &o, "observationPoint", p->observation_point);
	KEY(b, &o, "observationDomainId");
	buffer_u64(b, p->observation_domain);
	OPTIONAL_TEXT(b, &o, "signatureSet", p->signature_set);
	OPTIONAL_TEXT(b, &o, "clock", p->clock);
	if (p->refresh_seconds) {
		KEY(b, &o, "refreshSeconds");
		buffer_u64(b, p->refresh_seconds);
	}
	if (p->lossy) {
		KEY(b, &o, "lossy");
		BUFFER_LITERAL(b, "true");
	}
	if (p->privacy) {
		KEY(b, &o, "privacy");
		privacy(b, p->privacy);
	}
	KEY(b, &o, "creationTimestamp");
	json_time(b, p->created_ns);
	buffer_char(b, '}');
}

void json_provenance(struct buffer *b, const struct provenance *p)
{
	json_provenance_object(b, p);
	buffer_char(b, '\n');
}
