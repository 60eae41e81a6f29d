#include "classify/interpret.h"

#include "classify/certificate.h"
#include "classify/digest.h"
#include "classify/fingerprint/ja4.h"
#include "classify/statement.h"
#include "core/error.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

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

static void certificate(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
			struct meaning *m)
{
	struct certificate c;
	if (certificate_read(value, len, &m->arena, &c) < 0)
		return;
	m->shown = c.fingerprint;
	struct statement_of *s = statement_add(in, field, ATTRIBUTE_CERTIFICATE);
	if (!s)
		return;
	s->has_designation = field_table[field].knowledge == KNOWLEDGE_CERTIFICATE;
	if (s->has_designation) {
		s->designation = DESIGNATION_CERTIFICATE;
		s->designation_value = c.fingerprint;
	}
	statement_member(s, "fingerprint", c.fingerprint);
	statement_member(s, "subject", c.subject);
	statement_member(s, "issuer", c.issuer);
	statement_member(s, "notBefore", c.not_before);
	statement_member(s, "notAfter", c.not_after);
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
		statement_recognise(in, FIELD_TLS_CERTIFICATE_SUBJECT, FIELD_TLS_CERTIFICATE_SUBJECT, m, maker,
				    strlen(maker));
	if (c.issuer)
		statement_recognise(in, FIELD_TLS_CERTIFICATE_ISSUER, FIELD_TLS_CERTIFICATE_ISSUER, m, c.issuer,
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
	statement_designate(in, field, DESIGNATION_SSH_HOST_KEY, text);
}

static void user_name(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		      struct meaning *m)
{
	const char *text = statement_text(&m->arena, value, len);
	struct statement_of *s = text && *text ? statement_add(in, field, ATTRIBUTE_USER) : NULL;
	if (!s)
		return;
	const char *slash = strchr(text, '\\');
	statement_member(s, "userName", slash ? slash + 1 : text);
	if (slash)
		statement_member(s, "domain", arena_text(&m->arena, text, (size_t)(slash - text)));
}

static void service(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		    struct meaning *m)
{
	struct statement_of *s = statement_add(in, field, ATTRIBUTE_SERVICE);
	if (!s)
		return;
	s->has_port = true;
	s->detail = len ? statement_text(&m->arena, value, len) : NULL;
	if (!len)
		s->confidence = 60;
	statement_member(s, "applicationName", s->detail);
}

static void md5_fingerprint(struct interpreter *in, const struct way *way, enum field field, const void *value,
			    size_t len, struct meaning *m)
{
	char *hex = arena_take(&m->arena, 33);
	if (!hex)
		return;
	digest_md5_hex(value, len, hex);
	statement_fingerprint(in, field, way->kind, hex);
}

static void ja4(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		struct meaning *m)
{
	char *text = arena_zero(&m->arena, 64);
	if (!text || !ja4_from_raw(value, len, text))
		return;
	statement_fingerprint(in, field, way->kind, text);
	statement_recognise(in, field, field, m, text, strlen(text));
}

static void hardware(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		     struct meaning *m)
{
	if (statement_recognise(in, field, field, m, m->shown, strlen(m->shown)))
		return;
	struct statement_of *s = *m->shown ? statement_add(in, field, ATTRIBUTE_HARDWARE) : NULL;
	if (s)
		statement_member(s, "model", m->shown);
}

/* The maker of the interface, which need not be that of the machine it is in. */
static void interface_vendor(struct interpreter *in, const struct way *way, enum field field, const void *value,
			     size_t len, struct meaning *m)
{
	struct statement_of *s = *m->shown ? statement_add(in, field, ATTRIBUTE_HARDWARE) : NULL;
	if (!s)
		return;
	s->known = KNOWN_DERIVED;
	statement_member(s, "manufacturer", m->shown);
	statement_member(s, "kind", "network interface");
}

static void sensor(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		   struct meaning *m)
{
	struct statement_of *s = *m->shown ? statement_add(in, field, ATTRIBUTE_SENSOR) : NULL;
	if (s)
		statement_member(s, "interfaceName", m->shown);
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
	struct statement_of *s = n && list ? statement_add(in, field, ATTRIBUTE_MULTIPLICITY) : NULL;
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
	bool known = statement_recognise(in, field, field, m, value, len);
	for (uint32_t i = 0; i < in->n; i++)
		in->says[i].borrowed = is_borrowed(field, m->shown);
	if (!known || in->raw)
		statement_banner(in, field, m->shown);
}

/* What signatures of another field say, no surer than this one is. */
static void doubtful(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		     struct meaning *m)
{
	statement_recognise(in, field, field_read_as(field), m, value, len);
	for (uint32_t i = 0; i < in->n; i++) {
		in->says[i].doubtful = true;
		if (in->says[i].confidence > field_table[field].confidence)
			in->says[i].confidence = field_table[field].confidence;
	}
	if (in->raw)
		statement_banner(in, field, m->shown);
}

static void by_signature_alone(struct interpreter *in, const struct way *way, enum field field, const void *value,
			       size_t len, struct meaning *m)
{
	statement_recognise(in, field, field, m, value, len);
	if (in->raw)
		statement_banner(in, field, m->shown);
}

static void as_banner(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		      struct meaning *m)
{
	statement_banner(in, field, m->shown);
}

static void as_fingerprint(struct interpreter *in, const struct way *way, enum field field, const void *value,
			   size_t len, struct meaning *m)
{
	statement_fingerprint(in, field, way->kind, m->shown);
	statement_recognise(in, field, field, m, value, len);
}

static void as_name(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		    struct meaning *m)
{
	statement_designate(in, field, way->designation, host_text(&m->arena, value, len));
}

static void as_text(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		    struct meaning *m)
{
	statement_designate(in, field, way->designation, m->shown);
}

static void as_octets(struct interpreter *in, const struct way *way, enum field field, const void *value, size_t len,
		      struct meaning *m)
{
	m->shown = hex_text(&m->arena, value, len);
	statement_designate(in, field, way->designation, m->shown);
}

static const struct way ways[] = {
	[KNOWLEDGE_SIGNATURE] = {.read = by_signature},
	[KNOWLEDGE_SIGNATURE_QUIET] = {.read = by_signature_alone},
	[KNOWLEDGE_SIGNATURE_DERIVED] = {.read = by_signature_alone},
	[KNOWLEDGE_DOUBTFUL] = {.read = doubtful},
	[KNOWLEDGE_BANNER] = {.read = as_banner},
	[KNOWLEDGE_SERVICE] = {.read = service},
	[KNOWLEDGE_HARDWARE] = {.read = hardware},
	[KNOWLEDGE_VENDOR] = {.read = interface_vendor},
	[KNOWLEDGE_SENSOR] = {.read = sensor},
	[KNOWLEDGE_LABELS] = {.read = interpret_labels},
	[KNOWLEDGE_LOCATION] = {.read = interpret_location},
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
	m->shown = statement_text(&m->arena, value, len);
	if (!m->shown)
		return ERROR_FAILED;
	const struct way *way = &ways[field_table[field].knowledge];
	if (way->read)
		way->read(in, way, field, value, len, m);
	for (uint32_t i = 0; i < in->n; i++)
		statement_identify(&in->says[i]);
	struct statement_of *says = arena_take(&m->arena, (in->n ? in->n : 1) * sizeof *says);
	if (!says || !m->shown)
		return ERROR_FAILED;
	memcpy(says, in->says, in->n * sizeof *says);
	m->says = says;
	m->n = in->n;
	return 0;
}
