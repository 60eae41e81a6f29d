#include "classify/interpret.h"

#include "classify/certificate.h"
#include "classify/digest.h"
#include "classify/fingerprint/ja4.h"
#include "classify/system.h"
#include "classify/labels.h"
#include "core/buffer.h"
#include "core/error.h"
#include "core/hash.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_BYTES 256u
#define CONCLUSIONS 24u

/* Identities of things are compared by hash; the key only has to be the same throughout a process. */
static const struct hash_key identity_key = {0x6f6e6c6f6f6b6572ull, 0x6964656e74697479ull};

int interpreter_init(struct interpreter *in, const struct signature_set *signatures, struct signature_scratch *scratch,
		     bool raw)
{
	in->signatures = signatures;
	in->scratch = scratch;
	in->raw = raw;
	in->n = 0;
	arena_init(&in->work, 16384, 0);
	return 0;
}

void interpreter_fini(struct interpreter *in)
{
	arena_fini(&in->work);
}

static struct statement_of *add(struct interpreter *in, enum field field, enum attribute_name attribute)
{
	if (in->n == sizeof in->says / sizeof *in->says)
		return NULL;
	const struct field_row *row = &field_table[field];
	struct statement_of *s = &in->says[in->n++];
	*s = (struct statement_of){
		.attribute = attribute, .known = row->known, .confidence = row->confidence, .method = row->name};
	return s;
}

static void member(struct statement_of *s, const char *name, const char *text)
{
	if (text && *text && s->n_members < STATEMENT_MEMBERS)
		s->members[s->n_members++] = (struct member){.name = name, .text = text};
}

/* The identity of a statement: attribute, designation or role, port-boundness and every member but the detail. */
static void identify(struct statement_of *s)
{
	uint64_t h = hash_combine(s->attribute, (uint64_t)s->designation << 8 | s->role);
	for (unsigned i = 0; i < s->n_members; i++) {
		const struct member *m = &s->members[i];
		bool names_it = !s->software || !strcmp(m->name, "softwareTitle");
		if (m->text && m->text != s->detail && names_it)
			h = hash_combine(h, hash_bytes(&identity_key, m->text, strlen(m->text)));
	}
	s->head = h;
	s->full = s->detail ? hash_combine(h, hash_bytes(&identity_key, s->detail, strlen(s->detail))) : h;
}

/* ---- text from the wire ---- */

/* A value as people can read it: one line, no octet 00, at most SHOWN_BYTES. */
static const char *shown_text(struct arena *a, const void *value, size_t len)
{
	char *t = arena_text(a, value, len < SHOWN_BYTES ? len : SHOWN_BYTES);
	if (!t)
		return NULL;
	size_t n = len < SHOWN_BYTES ? len : SHOWN_BYTES;
	for (size_t i = 0; i < n; i++)
		if (!t[i] || t[i] == '\n' || t[i] == '\r')
			t[i] = ' ';
	while (n && t[n - 1] == ' ')
		t[--n] = 0;
	return t;
}

static const char *hex_text(struct arena *a, const uint8_t *value, size_t len)
{
	static const char digit[] = "0123456789abcdef";
	if (len > 128)
		len = 128;
	char *t = arena_take(a, 2 * len + 1);
	if (!t)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		t[2 * i] = digit[value[i] >> 4];
		t[2 * i + 1] = digit[value[i] & 15];
	}
	t[2 * len] = 0;
	return t;
}

/* ---- one function per kind of knowledge ---- */

static void designate(struct interpreter *in, enum field field, enum designation_name name, const char *value)
{
	if (!value || !*value)
		return;
	struct statement_of *s = add(in, field, ATTRIBUTE_NAME);
	if (!s)
		return;
	s->has_designation = true;
	s->designation = name;
	s->designation_value = value;
	s->members[s->n_members++] = (struct member){.name = NULL, .text = value};
}

/* A name is said without its final dot; what is no name at all (an address, white space inside) is none. */
static const char *host_text(struct arena *a, const void *value, size_t len)
{
	const uint8_t *p = value;
	while (len && (p[len - 1] == '.' || p[len - 1] == 0 || p[len - 1] == ' '))
		len--;
	if (!len || len > 253)
		return NULL;
	bool digits_only = true;
	for (size_t i = 0; i < len; i++) {
		if (p[i] < 0x20 || p[i] == 0x7f)
			return NULL;
		digits_only &= (p[i] >= '0' && p[i] <= '9') || p[i] == '.' || p[i] == ':';
	}
	return digits_only ? NULL : arena_text(a, p, len);
}

/* How the values of a field become statements: a row for each kind of knowledge. */
struct way {
	void (*read)(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		     struct meaning *m);   /* NULL: nobody keeps it */
	const char *kind;                  /* of a fingerprint */
	enum designation_name designation; /* of a name */
};

static void fingerprint(struct interpreter *in, enum field field, const char *kind, const char *value)
{
	struct statement_of *s = value && *value ? add(in, field, ATTRIBUTE_FINGERPRINT) : NULL;
	if (!s)
		return;
	member(s, "kind", kind);
	member(s, "value", value);
}

static void banner(struct interpreter *in, enum field field, const char *shown)
{
	struct statement_of *s = *shown ? add(in, field, ATTRIBUTE_BANNER) : NULL;
	if (!s)
		return;
	member(s, "field", field_table[field].name);
	member(s, "value", shown);
	s->has_port = field_table[field].side == FIELD_SIDE_SERVER;
}

static const char *kept(struct meaning *m, const char *text)
{
	return text && *text ? arena_text(&m->arena, text, strlen(text)) : NULL;
}

static void conclude_software(struct interpreter *in, enum field field, struct meaning *m, const struct conclusion *c)
{
	struct statement_of *s = add(in, field, ATTRIBUTE_SOFTWARE);
	if (!s)
		return;
	s->software = true;
	s->role = (uint8_t)c->role;
	s->known = field_concluded(field);
	if (c->role == ROLE_OPERATING_SYSTEM)
		s->system = (uint8_t)system_family(c->title);
	s->confidence = c->confidence;
	s->title = kept(m, c->title);
	s->detail = kept(m, c->version);
	s->signature = kept(m, c->signature);
	s->has_port =
		c->role == ROLE_SERVER || (c->role == ROLE_LIBRARY && field_table[field].side == FIELD_SIDE_SERVER);
	member(s, "softwareTitle", s->title);
	member(s, "softwareCreator", kept(m, c->creator));
	member(s, "softwareVersion", s->detail);
	member(s, "packageRevision", kept(m, c->revision));
	member(s, "softwareIdentifier", kept(m, c->cpe));
	member(s, "packageIdentifier", kept(m, c->purl));
	member(s, "role", software_role_name[c->role]);
}

static void conclude_hardware(struct interpreter *in, enum field field, struct meaning *m, const struct conclusion *c)
{
	struct statement_of *s = add(in, field, ATTRIBUTE_HARDWARE);
	if (!s)
		return;
	s->known = field_concluded(field);
	s->confidence = c->confidence;
	s->signature = kept(m, c->signature);
	member(s, "manufacturer", kept(m, c->creator));
	member(s, "model", kept(m, c->title));
	member(s, "kind", kept(m, c->hardware_kind));
}

/* Matches signatures; returns whether any explained the value. */
static bool recognise(struct interpreter *in, enum field field, enum field read_as, struct meaning *m,
		      const void *value, size_t len)
{
	struct conclusion found[CONCLUSIONS];
	arena_reset(&in->work);
	size_t n = signature_match(in->signatures, in->scratch, read_as, value, len, &in->work, found, CONCLUSIONS);
	for (size_t i = 0; i < n; i++) {
		if (found[i].kind == CONCLUDES_SOFTWARE && found[i].title)
			conclude_software(in, field, m, &found[i]);
		else if (found[i].kind == CONCLUDES_HARDWARE)
			conclude_hardware(in, field, m, &found[i]);
		else if (found[i].kind == CONCLUDES_HOST_NAME && found[i].title)
			designate(in, field, DESIGNATION_HOST_NAME, kept(m, found[i].title));
	}
	return n > 0;
}

static void certificate(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
			struct meaning *m)
{
	struct certificate c;
	if (certificate_read(value, len, &m->arena, &c) < 0)
		return;
	m->shown = c.fingerprint;
	struct statement_of *s = add(in, field, ATTRIBUTE_CERTIFICATE);
	if (!s)
		return;
	s->has_designation = field_table[field].knowledge == KNOWLEDGE_CERTIFICATE;
	if (s->has_designation) {
		s->designation = DESIGNATION_CERTIFICATE;
		s->designation_value = c.fingerprint;
	}
	member(s, "fingerprint", c.fingerprint);
	member(s, "subject", c.subject);
	member(s, "issuer", c.issuer);
	member(s, "notBefore", c.not_before);
	member(s, "notAfter", c.not_after);
	if (c.names[0]) {
		const char **names = arena_take(&m->arena, sizeof c.names);
		if (names) {
			memcpy(names, c.names, sizeof c.names);
			s->members[s->n_members++] = (struct member){.name = "names", .list = names};
		}
	}
	if (field != FIELD_TLS_CERTIFICATE)
		return;
	const char *maker = certificate_maker(&c, &m->arena);
	if (maker)
		recognise(in, FIELD_TLS_CERTIFICATE_SUBJECT, FIELD_TLS_CERTIFICATE_SUBJECT, m, maker, strlen(maker));
	if (c.issuer)
		recognise(in, FIELD_TLS_CERTIFICATE_ISSUER, FIELD_TLS_CERTIFICATE_ISSUER, m, c.issuer,
			  strlen(c.issuer));
}

static void host_key(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		     struct meaning *m)
{
	uint8_t digest[32];
	digest_sha256(value, len, digest);
	char *text = arena_take(&m->arena, 64);
	if (!text)
		return;
	memcpy(text, "SHA256:", 7);
	int n = EVP_EncodeBlock((unsigned char *)text + 7, digest, 32);
	text[7 + n - 1] = 0; /* as OpenSSH prints it: without the padding */
	m->shown = text;
	designate(in, field, DESIGNATION_SSH_HOST_KEY, text);
}

static void user_name(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		      struct meaning *m)
{
	const char *text = shown_text(&m->arena, value, len);
	struct statement_of *s = text && *text ? add(in, field, ATTRIBUTE_USER) : NULL;
	if (!s)
		return;
	const char *slash = strchr(text, '\\');
	member(s, "userName", slash ? slash + 1 : text);
	if (slash)
		member(s, "domain", arena_text(&m->arena, text, (size_t)(slash - text)));
}

static void service(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		    struct meaning *m)
{
	struct statement_of *s = add(in, field, ATTRIBUTE_SERVICE);
	if (!s)
		return;
	s->has_port = true;
	s->detail = len ? shown_text(&m->arena, value, len) : NULL;
	if (!len)
		s->confidence = 60;
	member(s, "applicationName", s->detail);
}

static void md5_fingerprint(struct interpreter *in, const struct way *way, enum field field, const void *value,
			    size_t len, struct meaning *m)
{
	char *hex = arena_take(&m->arena, 33);
	if (!hex)
		return;
	digest_md5_hex(value, len, hex);
	fingerprint(in, field, way->kind, hex);
}

static void ja4(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		struct meaning *m)
{
	char *text = arena_zero(&m->arena, 64);
	if (!text || !ja4_from_raw(value, len, text))
		return;
	fingerprint(in, field, way->kind, text);
	recognise(in, field, field, m, text, strlen(text));
}

static void hardware(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		     struct meaning *m)
{
	if (recognise(in, field, field, m, m->shown, strlen(m->shown)))
		return;
	struct statement_of *s = *m->shown ? add(in, field, ATTRIBUTE_HARDWARE) : NULL;
	if (s)
		member(s, "model", m->shown);
}

static const char *label(struct meaning *m, const char *value, size_t len, const char *key)
{
	size_t n;
	const char *found = labels_find(value, len, key, &n);
	const char *text = found ? shown_text(&m->arena, found, n) : NULL;
	return text && *text ? text : NULL;
}

static bool says(const struct interpreter *in, enum attribute_name attribute)
{
	for (uint32_t i = 0; i < in->n; i++)
		if (in->says[i].attribute == attribute)
			return true;
	return false;
}

static void labelled_software(struct interpreter *in, enum field field, struct meaning *m, const char *value,
			      size_t len)
{
	static const uint8_t roles[] = {[FIELD_SIDE_HOST] = ROLE_FIRMWARE,
					[FIELD_SIDE_SERVER] = ROLE_SERVER,
					[FIELD_SIDE_CLIENT] = ROLE_CLIENT};
	const char *product = label(m, value, len, "product"), *model = label(m, value, len, "model");
	const char *firmware = label(m, value, len, "firmware");
	struct conclusion c = {.kind = CONCLUDES_SOFTWARE,
			       .confidence = field_table[field].confidence,
			       .creator = label(m, value, len, "vendor")};
	if (product) {
		c.role = (enum software_role)roles[field_table[field].side];
		c.title = product;
		c.version = label(m, value, len, "version");
		conclude_software(in, field, m, &c);
	} else if (model && firmware) {
		char title[SHOWN_BYTES];
		snprintf(title, sizeof title, "%.200s firmware", model);
		c.role = ROLE_FIRMWARE;
		c.title = title;
		c.version = firmware;
		conclude_software(in, field, m, &c);
	}
}

/* A model by the name of a program is that program, on a machine that tells nothing of itself. */
static bool is_program(const struct interpreter *in, const char *model)
{
	for (uint32_t i = 0; model && i < in->n; i++)
		if (in->says[i].attribute == ATTRIBUTE_SOFTWARE && in->says[i].title &&
		    strstr(model, in->says[i].title))
			return true;
	return false;
}

/* A serial number belongs to the hardware, whoever named that. */
static void labelled_hardware(struct interpreter *in, enum field field, struct meaning *m, const char *value,
			      size_t len)
{
	const char *model = label(m, value, len, "model"), *serial = label(m, value, len, "serial");
	const char *kind = label(m, value, len, "kind");
	if (!says(in, ATTRIBUTE_HARDWARE) && !is_program(in, model) && (model || serial || kind)) {
		struct conclusion c = {.kind = CONCLUDES_HARDWARE,
				       .confidence = field_table[field].confidence,
				       .title = model,
				       .creator = label(m, value, len, "vendor"),
				       .hardware_kind = kind};
		conclude_hardware(in, field, m, &c);
	}
	for (uint32_t i = 0; i < in->n; i++)
		if (in->says[i].attribute == ATTRIBUTE_HARDWARE)
			member(&in->says[i], "serialNumber", serial);
}

static void labelled(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		     struct meaning *m)
{
	recognise(in, field, field, m, value, len);
	if (!says(in, ATTRIBUTE_SOFTWARE))
		labelled_software(in, field, m, value, len);
	labelled_hardware(in, field, m, value, len);
	if (!in->n || in->raw)
		banner(in, field, m->shown);
}

/* The maker of the interface, which need not be that of the machine it is in. */
static void interface_vendor(struct interpreter *in, const struct way *way, enum field field, const void *value,
			     size_t len, struct meaning *m)
{
	struct statement_of *s = *m->shown ? add(in, field, ATTRIBUTE_HARDWARE) : NULL;
	if (!s)
		return;
	s->known = KNOWN_DERIVED;
	member(s, "manufacturer", m->shown);
	member(s, "kind", "network interface");
}

static void sensor(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		   struct meaning *m)
{
	struct statement_of *s = *m->shown ? add(in, field, ATTRIBUTE_SENSOR) : NULL;
	if (s)
		member(s, "interfaceName", m->shown);
}

static void location(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		     struct meaning *m)
{
	static const char *const names[] = {"kind", "chassis", "port"};
	struct statement_of *s = add(in, field, ATTRIBUTE_LOCATION);
	for (size_t i = 0; s && i < sizeof names / sizeof *names; i++)
		member(s, names[i], label(m, value, len, names[i]));
}

#define MOST_SYSTEMS 16

static void multiplicity(struct interpreter *in, const struct way *way, enum field field, const void *value,
			 size_t size, struct meaning *m)
{
	const char *names[MOST_SYSTEMS + 1] = {NULL};
	unsigned n = 0;
	for (const char *at = strchr(m->shown, ';'); at && n < MOST_SYSTEMS;) {
		size_t len = strcspn(++at, ";");
		if (len && (names[n] = arena_text(&m->arena, at, len)))
			n++;
		at = at[len] ? at + len : NULL;
	}
	const char **list = arena_take(&m->arena, (n + 1) * sizeof *list);
	struct statement_of *s = n && list ? add(in, field, ATTRIBUTE_MULTIPLICITY) : NULL;
	if (!s)
		return;
	memcpy(list, names, (n + 1) * sizeof *list);
	s->detail = m->shown;
	s->members[s->n_members++] = (struct member){.name = "atLeast", .number = strtol(m->shown, NULL, 10)};
	s->members[s->n_members++] = (struct member){.name = "systems", .list = list};
}

/* What implementations of NTLM that are no Windows write where [MS-NLMP] 2.2.2.10 has the version of Windows: the build
 * that was the newest when they were written. 7600 macOS and smbj, 7601 FreeRDP and libraries of Go and Python, 2600
 * others of Python, 3790 impacket. Whether it is one of these or Windows itself is seen by how the machine sends.
 */
static bool is_borrowed(enum field field, const char *value)
{
	static const char *const build[] = {"5.1.2600", "5.2.3790", "6.0.6000", "6.1.7600",
					    "6.1.7601", "6.2.9200", "6.3.9600"};
	for (size_t i = 0; field == FIELD_NTLM_VERSION && i < sizeof build / sizeof build[0]; i++)
		if (!strcmp(value, build[i]))
			return true;
	return false;
}

static void by_signature(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
			 struct meaning *m)
{
	bool known = recognise(in, field, field, m, value, len);
	for (uint32_t i = 0; i < in->n; i++)
		in->says[i].borrowed = is_borrowed(field, m->shown);
	if (!known || in->raw)
		banner(in, field, m->shown);
}

/* What signatures of user agents say, no surer than the field is. */
static void doubtful_agent(struct interpreter *in, const struct way *way, enum field field, const void *value,
			   size_t len, struct meaning *m)
{
	recognise(in, field, FIELD_HTTP_USER_AGENT, m, value, len);
	for (uint32_t i = 0; i < in->n; i++) {
		in->says[i].doubtful = true;
		if (in->says[i].confidence > field_table[field].confidence)
			in->says[i].confidence = field_table[field].confidence;
	}
	if (in->raw)
		banner(in, field, m->shown);
}

static void by_signature_alone(struct interpreter *in, const struct way *way, enum field field, const void *value,
			       size_t len, struct meaning *m)
{
	recognise(in, field, field, m, value, len);
	if (in->raw)
		banner(in, field, m->shown);
}

static void as_banner(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		      struct meaning *m)
{
	banner(in, field, m->shown);
}

static void as_fingerprint(struct interpreter *in, const struct way *way, enum field field, const void *value,
			   size_t len, struct meaning *m)
{
	fingerprint(in, field, way->kind, m->shown);
	recognise(in, field, field, m, value, len);
}

static void as_name(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		    struct meaning *m)
{
	designate(in, field, way->designation, host_text(&m->arena, value, len));
}

static void as_text(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		    struct meaning *m)
{
	designate(in, field, way->designation, m->shown);
}

static void as_octets(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		      struct meaning *m)
{
	m->shown = hex_text(&m->arena, value, len);
	designate(in, field, way->designation, m->shown);
}

static const struct way ways[] = {
	[KNOWLEDGE_SIGNATURE] = {.read = by_signature},
	[KNOWLEDGE_SIGNATURE_QUIET] = {.read = by_signature_alone},
	[KNOWLEDGE_SIGNATURE_DERIVED] = {.read = by_signature_alone},
	[KNOWLEDGE_DOUBTFUL_AGENT] = {.read = doubtful_agent},
	[KNOWLEDGE_BANNER] = {.read = as_banner},
	[KNOWLEDGE_SERVICE] = {.read = service},
	[KNOWLEDGE_HARDWARE] = {.read = hardware},
	[KNOWLEDGE_VENDOR] = {.read = interface_vendor},
	[KNOWLEDGE_SENSOR] = {.read = sensor},
	[KNOWLEDGE_LABELS] = {.read = labelled},
	[KNOWLEDGE_LOCATION] = {.read = location},
	[KNOWLEDGE_HOST_NAME] = {.read = as_name, .designation = DESIGNATION_HOST_NAME},
	[KNOWLEDGE_DOMAIN_NAME] = {.read = as_name, .designation = DESIGNATION_DOMAIN_NAME},
	[KNOWLEDGE_WINDOWS_DOMAIN] = {.read = as_name, .designation = DESIGNATION_WINDOWS_DOMAIN},
	[KNOWLEDGE_CLIENT_ID] = {.read = as_octets, .designation = DESIGNATION_DHCP_CLIENT_ID},
	[KNOWLEDGE_CHASSIS_ID] = {.read = as_text, .designation = DESIGNATION_CHASSIS_ID},
	[KNOWLEDGE_SMB_GUID] = {.read = as_octets, .designation = DESIGNATION_SMB_GUID},
	[KNOWLEDGE_SNMP_ENGINE] = {.read = as_octets, .designation = DESIGNATION_SNMP_ENGINE},
	[KNOWLEDGE_MQTT_CLIENT_ID] = {.read = as_text, .designation = DESIGNATION_MQTT_CLIENT_ID},
	[KNOWLEDGE_USER_NAME] = {.read = user_name},
	[KNOWLEDGE_CERTIFICATE] = {.read = certificate},
	[KNOWLEDGE_CERTIFICATE_CHAIN] = {.read = certificate},
	[KNOWLEDGE_SSH_HOST_KEY] = {.read = host_key},
	[KNOWLEDGE_FINGERPRINT_JA3] = {.read = md5_fingerprint, .kind = "ja3"},
	[KNOWLEDGE_FINGERPRINT_JA3S] = {.read = md5_fingerprint, .kind = "ja3s"},
	[KNOWLEDGE_FINGERPRINT_JA4] = {.read = ja4, .kind = "ja4"},
	[KNOWLEDGE_FINGERPRINT_HASSH] = {.read = md5_fingerprint, .kind = "hassh"},
	[KNOWLEDGE_FINGERPRINT_HASSH_SERVER] = {.read = md5_fingerprint, .kind = "hasshServer"},
	[KNOWLEDGE_FINGERPRINT_TCP_SYN] = {.read = as_fingerprint, .kind = "tcpSyn"},
	[KNOWLEDGE_FINGERPRINT_TCP_SYN_ACK] = {.read = as_fingerprint, .kind = "tcpSynAck"},
	[KNOWLEDGE_FINGERPRINT_DHCP] = {.read = as_fingerprint, .kind = "dhcpParameters"},
	[KNOWLEDGE_FINGERPRINT_HTTP_HEADERS] = {.read = as_fingerprint, .kind = "httpHeaders"},
	[KNOWLEDGE_FINGERPRINT_HTTP_SERVER_HEADERS] = {.read = as_fingerprint, .kind = "httpHeadersServer"},
	[KNOWLEDGE_SYSTEMS] = {.read = multiplicity},
};

int interpret(struct interpreter *in, enum field field, const void *value, size_t len, struct meaning *m)
{
	in->n = 0;
	m->shown = shown_text(&m->arena, value, len);
	if (!m->shown)
		return ERROR_FAILED;
	const struct way *way = &ways[field_table[field].knowledge];
	if (way->read)
		way->read(in, way, field, value, len, m);
	for (uint32_t i = 0; i < in->n; i++)
		identify(&in->says[i]);
	struct statement_of *says = arena_take(&m->arena, (in->n ? in->n : 1) * sizeof *says);
	if (!says || !m->shown)
		return ERROR_FAILED;
	memcpy(says, in->says, in->n * sizeof *says);
	m->says = says;
	m->n = in->n;
	return 0;
}
