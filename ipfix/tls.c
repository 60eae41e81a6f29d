#include "ipfix/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define REFUSAL_MS 500  /* TLS 1.3: a peer that refuses our certificate says so after the handshake is over for us */
#define FAREWELL_S 2    /* for what is still on its way to the peer */
#define IDLE_US    1000 /* a read that finds no whole record */

struct tls {
	SSL_CTX *context;
	SSL *ssl;
	int fd; /* the caller's */
	const char *name, *problem;
};

/* The reason of the last failure, in OpenSSL's words or the system's. */
static const char *reason(const struct tls *t, int result)
{
	int kind = SSL_get_error(t->ssl, result), number = errno;
	unsigned long e = ERR_peek_last_error();
	if (kind == SSL_ERROR_ZERO_RETURN)
		return "the collector ended the connection";
	if (kind == SSL_ERROR_WANT_WRITE || kind == SSL_ERROR_WANT_READ)
		return "the collector does not answer";
	if (e && ERR_reason_error_string(e))
		return ERR_reason_error_string(e);
	return number ? strerror(number) : "the connection ended";
}

static int bad_file(struct error *error, const char *name, const char *what, const char *path)
{
	const char *why = access(path, R_OK) ? strerror(errno) : ERR_reason_error_string(ERR_peek_last_error());
	return error_set(error, ERROR_USAGE, "flows %s: %s %s cannot be used: %s; expected PEM", name, what, path,
			 why ? why : "not readable");
}

static int use_identity(SSL_CTX *c, const struct tls_identity *id, const char *name, struct error *error)
{
	const char *key = id->private_key ? id->private_key : id->certificate;
	if (id->private_key && !id->certificate)
		return error_set(error, ERROR_USAGE, "flows %s: a private key without a certificate", name);
	if (id->authorities ? SSL_CTX_load_verify_file(c, id->authorities) != 1
			    : SSL_CTX_set_default_verify_paths(c) != 1)
		return bad_file(error, name, "the file of authorities",
				id->authorities ? id->authorities : X509_get_default_cert_file());
	if (id->certificate && SSL_CTX_use_certificate_chain_file(c, id->certificate) != 1)
		return bad_file(error, name, "the certificate", id->certificate);
	if (key && SSL_CTX_use_PrivateKey_file(c, key, SSL_FILETYPE_PEM) != 1)
		return bad_file(error, name, "the private key", key);
	return 0;
}

/* Whose certificate it must be. */
static bool expect(SSL *ssl, const char *host)
{
	uint8_t octets[16];
	bool number = inet_pton(AF_INET, host, octets) == 1 || inet_pton(AF_INET6, host, octets) == 1;
	SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
	if (number)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
	return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

/* Reads what the peer has sent, if anything; false when it is a refusal or the end. */
static bool listen_to(struct tls *t, int wait_ms)
{
	struct pollfd p = {t->fd, POLLIN, 0};
	uint8_t forgotten[1024];
	if (poll(&p, 1, wait_ms) <= 0)
		return true;
	ERR_clear_error();
	errno = 0;
	for (int n; (n = SSL_read(t->ssl, forgotten, sizeof forgotten)) <= 0;) {
		if (SSL_get_error(t->ssl, n) == SSL_ERROR_WANT_READ)
			return true;
		t->problem = reason(t, n);
		return false;
	}
	return true;
}

static int shake_hands(struct tls *t, struct error *error)
{
	ERR_clear_error();
	errno = 0;
	int n = SSL_connect(t->ssl);
	long verdict = SSL_get_verify_result(t->ssl);
	if (n != 1 && verdict != X509_V_OK)
		return error_set(error, ERROR_FAILED,
				 "flows %s: the collector's certificate is not accepted: %s; name its authority with "
				 "--flows-ca and the collector as its certificate does",
				 t->name, X509_verify_cert_error_string(verdict));
	if (n != 1)
		return error_set(error, ERROR_FAILED, "flows %s: no TLS with the collector: %s", t->name, reason(t, n));
	setsockopt(t->fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){.tv_usec = IDLE_US}, sizeof(struct timeval));
	if (SSL_version(t->ssl) >= TLS1_3_VERSION && !listen_to(t, REFUSAL_MS))
		return error_set(error, ERROR_FAILED,
				 "flows %s: the collector refuses us: %s; does it want --flows-certificate?", t->name,
				 t->problem);
	return 0;
}

int tls_open(const char *name, const struct tls_identity *identity, struct tls **out, struct error *error)
{
	static const struct tls_identity nobody;
	struct tls *t = calloc(1, sizeof *t);
	*out = NULL;
	ERR_clear_error();
	if (t) {
		t->name = name;
		t->fd = -1;
		t->context = SSL_CTX_new(TLS_client_method());
	}
	int code = 0;
	if (!t || !t->context || SSL_CTX_set_min_proto_version(t->context, TLS1_2_VERSION) != 1)
		code = error_set(error, ERROR_FAILED, "flows %s: out of memory", name);
	if (!code)
		code = use_identity(t->context, identity ? identity : &nobody, name, error);
	if (code)
		tls_close(t);
	else
		*out = t;
	return code;
}

int tls_connect(struct tls *t, int fd, const char *host, struct error *error)
{
	t->fd = fd;
	t->ssl = SSL_new(t->context);
	if (!t->ssl || !expect(t->ssl, host) || SSL_set_fd(t->ssl, fd) != 1)
		return error_set(error, ERROR_FAILED, "flows %s: out of memory", t->name);
	return shake_hands(t, error);
}

ssize_t tls_put(struct tls *t, const void *data, size_t len)
{
	size_t done = 0;
	if (t->problem || !listen_to(t, 0))
		return -1;
	ERR_clear_error();
	errno = 0;
	int n = SSL_write_ex(t->ssl, data, len, &done);
	if (n == 1)
		return (ssize_t)done;
	t->problem = reason(t, n);
	return -1;
}

const char *tls_problem(const struct tls *t)
{
	return t->problem ? t->problem : "the connection ended";
}

/* A socket closed with octets unread resets the connection, and what is on its way to the peer is lost. */
static void take_leave(struct tls *t)
{
	struct pollfd p = {t->fd, POLLIN, 0};
	char forgotten[1024];
	if (t->problem || SSL_shutdown(t->ssl) < 0 || shutdown(t->fd, SHUT_WR))
		return;
	while (poll(&p, 1, FAREWELL_S * 1000) > 0 && recv(t->fd, forgotten, sizeof forgotten, MSG_DONTWAIT) > 0)
		;
}

void tls_close(struct tls *t)
{
	if (!t)
		return;
	if (t->ssl && SSL_is_init_finished(t->ssl))
		take_leave(t);
	SSL_free(t->ssl);
	SSL_CTX_free(t->context);
	free(t);
}
