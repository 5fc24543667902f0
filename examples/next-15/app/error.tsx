'use client'

/** Shown when the session store does not answer: neither logged in nor logged out, so nothing is lost. */
export default function Problem({ reset }: { readonly reset: () => void }) {
  return (
    <section className="card narrow" role="alert">
      <h1>One moment</h1>
      <p>We cannot tell right now whether you are signed in. Nothing is lost.</p>
      <button type="button" className="primary" onClick={reset}>
        Try again
      </button>
    </section>
  )
}
