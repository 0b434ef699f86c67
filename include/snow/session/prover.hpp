#pragma once

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include <array>
#include <cstddef>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "snow/base/config.hpp"
#include "snow/base/error.hpp"
#include "snow/base/random.hpp"
#include "snow/wire/handshake.hpp"

namespace snow {

/// The cookie's proof: HMAC-SHA256 under a key derived from the cookie by HKDF (RFC 5869), by OpenSSL.
class cookie_prover final : public wire::prover {
 public:
  explicit cookie_prover(std::string_view cookie);
  ~cookie_prover() override { OPENSSL_cleanse(key_.data(), key_.size()); }

  wire::proof prove(std::span<const std::byte> transcript) override;
  bool equal(const wire::proof& a, const wire::proof& b) noexcept override {
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
  }

 private:
  std::array<unsigned char, 32> key_{};
};

inline cookie_prover::cookie_prover(std::string_view cookie) {
  constexpr std::string_view label = "snow proof 1";
  auto const bytes = [](std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); };
  EVP_PKEY_CTX* const ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr);
  std::size_t length = key_.size();
  bool const good = ctx && EVP_PKEY_derive_init(ctx) > 0 && EVP_PKEY_CTX_set_hkdf_md(ctx, EVP_sha256()) > 0 &&
                    EVP_PKEY_CTX_set1_hkdf_key(ctx, bytes(cookie), static_cast<int>(cookie.size())) > 0 &&
                    EVP_PKEY_CTX_add1_hkdf_info(ctx, bytes(label), static_cast<int>(label.size())) > 0 &&
                    EVP_PKEY_derive(ctx, key_.data(), &length) > 0;
  EVP_PKEY_CTX_free(ctx);
  if (!good) throw error{errc::bad_cookie, "OpenSSL derives no key from the cookie"};
}

inline wire::proof cookie_prover::prove(std::span<const std::byte> transcript) {
  wire::proof out{};
  unsigned length = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(transcript.data()), transcript.size(),
       reinterpret_cast<unsigned char*>(out.data()), &length);
  return out;
}

/// OpenSSL's generator, in blocks: `next()` costs a few nanoseconds.
class openssl_random final : public random {
 public:
  void fill(std::span<std::byte> out) override {
    std::lock_guard const lock{mutex_};
    for (std::size_t done = 0; done < out.size();) {
      if (used_ == block_.size()) refill();
      std::size_t const n = std::min(out.size() - done, block_.size() - used_);
      std::copy_n(block_.begin() + static_cast<std::ptrdiff_t>(used_), n,
                  out.begin() + static_cast<std::ptrdiff_t>(done));
      OPENSSL_cleanse(block_.data() + used_, n);
      used_ += n;
      done += n;
    }
  }

 private:
  void refill() {
    if (RAND_bytes(reinterpret_cast<unsigned char*>(block_.data()), static_cast<int>(block_.size())) != 1)
      throw std::system_error{std::make_error_code(std::errc::io_error), "OpenSSL has no random bytes"};
    used_ = 0;
  }
  std::mutex mutex_;
  std::array<std::byte, 4096> block_;
  std::size_t used_ = sizeof(block_);
};

// Declared in node/options.hpp, for those who only include that.
SNOW_COMPILED_ONCE std::string make_cookie() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw std::system_error{std::make_error_code(std::errc::io_error), "OpenSSL has no random bytes"};
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (auto const b : bytes) text.append(1, digits[b >> 4]).append(1, digits[b & 15]);
  return text;
}

}  // namespace snow
