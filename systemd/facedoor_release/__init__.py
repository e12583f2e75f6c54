"""Makes what a release page needs: ``make release RELEASE_KEY=...``, in ``build/release``.

``artefacts`` builds packages, wheel and source archive of one commit; ``sbom`` says what is in each
package; ``apt`` lays out a repository of static files; ``signing`` signs it with the releaser's own
key. All of it is made twice and compared, byte for byte, before anything is signed.
"""
