//! Errors of requests, in Google's envelope, which all routes share:
//! `{"error": {"code", "message", "status", "details"}}`.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Error that a request is answered with.
#[derive(Debug)]
pub struct ApiError {
    code: StatusCode,
    status: &'static str,
    message: String,
    details: Option<Value>,
}

impl ApiError {
    fn new(code: StatusCode, status: &'static str, message: impl Into<String>) -> ApiError {
        ApiError { code, status, message: message.into(), details: None }
    }

    /// 400: the request is wrong, and would be wrong again.
    pub fn invalid(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", message)
    }

    /// 400: the body is not the JSON that was expected.
    pub fn json(error: &serde_json::Error) -> ApiError {
        ApiError::invalid(format!("Invalid JSON payload received. {error}"))
    }

    /// 401: a signature or key is missing or wrong.
    pub fn unauthenticated(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message)
    }

    /// 403: no key where one is needed.
    pub fn forbidden(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", message)
    }

    /// 404: no such route.
    pub fn not_found(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    }

    /// 405: the route exists, but not with this method.
    pub fn method() -> ApiError {
        ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "UNIMPLEMENTED", "Method not allowed here.")
    }

    /// 408: the body did not arrive in time.
    pub fn slow() -> ApiError {
        ApiError::new(StatusCode::REQUEST_TIMEOUT, "DEADLINE_EXCEEDED", "The request did not arrive in time.")
    }

    /// 413: the body is too long.
    pub fn large(max_bytes: usize) -> ApiError {
        let message = format!("Request payload size exceeds the limit: {max_bytes} bytes.");
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "INVALID_ARGUMENT", message)
    }

    /// 415: the body is compressed in a way that is not known.
    pub fn unsupported_encoding() -> ApiError {
        let message = "Content-Encoding: expected gzip, deflate or identity.";
        ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "INVALID_ARGUMENT", message)
    }

    /// 429: more than one client may send.
    pub fn quota(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED", message)
    }

    /// 500: a mistake of naqd.
    pub fn internal() -> ApiError {
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "Internal error.")
    }

    /// 501: switched off in the configuration.
    pub fn off(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::NOT_IMPLEMENTED, "UNIMPLEMENTED", message)
    }

    /// 503: not now; another try may succeed.
    pub fn unavailable(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", message)
    }

    /// Adds the details that Perspective's clients read.
    pub fn detail(mut self, error_type: &str) -> ApiError {
        self.details = Some(json!([{
            "@type": "type.googleapis.com/google.commentanalyzer.v1alpha1.Error",
            "errorType": error_type,
        }]));
        self
    }

    /// 400: Perspective's answer to a language that an attribute does not know.
    pub fn unsupported_language(attribute: &str, requested: &[&str], detected: &[&str]) -> ApiError {
        let languages = if requested.is_empty() { detected } else { requested };
        let message = format!("Attribute {attribute} does not support request languages: {}", languages.join(", "));
        let mut error = ApiError::invalid(message).detail("LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE");
        if let Some(details) = &mut error.details {
            details[0]["languageNotSupportedByAttributeError"] = json!({
                "attribute": attribute,
                "requestedLanguages": requested,
                "detectedLanguages": detected,
            });
        }
        error
    }

    /// Adds details of Google's own kind.
    pub fn reason(mut self, reason: &str) -> ApiError {
        self.details = Some(json!([{
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": reason,
            "domain": "naqd",
        }]));
        self
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut error = json!({ "code": self.code.as_u16(), "message": self.message, "status": self.status });
        if let Some(details) = self.details {
            error["details"] = details;
        }
        let body = json!({ "error": error }).to_string();
        (self.code, [(header::CONTENT_TYPE, "application/json; charset=UTF-8")], body).into_response()
    }
}
